import ServingCore
import TestSupport
import Testing

@testable import Configuration

private let model = "--model_base_path=/m"

private func options(_ arguments: String...) throws(Status) -> ServerOptions {
    try ServerOptions(try Flags(arguments))
}

@Test func defaultsMakeAServerOnPort8500() throws {
    let options = try options(model)
    #expect(options.port == 8500 && options.socketPath == nil)
    #expect(options.models == .single(name: "default", basePath: "/m"))
    #expect(options.pollWaitSeconds == 1 && options.savedModelTags == ["serve"])
    #expect(options.manager.loadThreads == 2 && options.manager.unloadThreads == 1)
    #expect(options.manager.maximumLoadRetries == 5)
    #expect(options.intraOpThreads == 0 && options.interOpThreads == 0)
    #expect(options.maximumReceiveMessageBytes == 2_147_483_647 && options.drainTimeoutSeconds == 30)
    #expect(options.batching == nil && !options.exitsOnLoadFailure)
}

@Test func restIsOffUntilItGetsAPort() throws {
    #expect(try options(model).rest == nil)
    let rest = try #require(try options(model, "--rest_api_port=8501").rest)
    #expect(rest.port == 8501 && rest.threads == nil && rest.maxBodyBytes == 2_147_483_647)
    #expect(rest.timeoutMilliseconds == 30_000)
    let other = try options(
        model, "--rest_api_port=1", "--rest_api_num_threads=3", "--rest_api_timeout_in_ms=-1",
        "--rest_api_max_body_bytes=100"
    ).rest
    #expect(other?.threads == 3 && other?.timeoutMilliseconds == nil && other?.maxBodyBytes == 100)
}

@Test func fileWinsOverTheSingleModel() throws {
    let options = try options(model, "--model_config_file=/c", "--port=0", "--grpc_socket_path=/s")
    #expect(options.models == .file("/c"))
    #expect(options.port == nil && options.socketPath == "/s")
}

@Test(arguments: [
    (
        ["--port=0", model],
        "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set."
    ),
    (
        [model, "--use_alts_credentials", "--ssl_config_file=/s"],
        "Either use_alts_credentials must be false or ssl_config_file must be empty."
    ),
    ([], "Both server_options.model_base_path and server_options.model_config_file are empty!"),
    (
        [model, "--batching_parameters_file=/b"],
        "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
    ),
    (
        [
            model, "--tensorflow_session_parallelism=1", "--tensorflow_intra_op_parallelism=1",
            "--tensorflow_inter_op_parallelism=1",
        ],
        "Either configure server_options.tensorflow_session_parallelism or "
            + "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            + "separately. You cannot configure all."
    ),
    ([model, "--port=65536"], "--port must be a number from 0 to 65535; was 65536"),
    ([model, "--port=-1"], "--port must be a number from 0 to 65535; was -1"),
    ([model, "--rest_api_port=65536"], "--rest_api_port must be a number from 0 to 65535; was 65536"),
    ([model, "--rest_api_num_threads=0"], "--rest_api_num_threads must be a number from 1 to 1024; was 0"),
    (
        [model, "--rest_api_max_body_bytes=0"],
        "--rest_api_max_body_bytes must be a number from 1 to 1099511627776; was 0"
    ),
    ([model, "--drain_timeout_seconds=-1"], "--drain_timeout_seconds must not be negative; was -1"),
    (
        [model, "--grpc_max_receive_message_bytes=0"],
        "--grpc_max_receive_message_bytes must be a number from 1 to 1099511627776; was 0"
    ),
    (
        [model, "--grpc_channel_arguments=a=1,b"],
        "--grpc_channel_arguments is a list of key=value; got 'b'"
    ),
])
func contradictionsAreRefusedInTheReferencesWords(arguments: [String], message: String) {
    #expect(throws: Status.invalidArgument(message)) { try ServerOptions(try Flags(arguments)) }
}

@Test func numbersOfThreadsFollowTheReference() throws {
    func threads(_ arguments: String...) throws -> [Int] {
        let options = try ServerOptions(try Flags([model] + arguments))
        return [options.intraOpThreads, options.interOpThreads]
    }
    #expect(try threads("--tensorflow_session_parallelism=3") == [3, 3])
    #expect(try threads("--tensorflow_intra_op_parallelism=2") == [2, 0])
    #expect(try threads("--tensorflow_session_parallelism=3", "--tensorflow_inter_op_parallelism=4") == [0, 4])
    #expect(try threads("--tensorflow_session_parallelism=-3") == [0, 0])
    #expect(try threads("--tensorflow_session_parallelism=9223372036854775807") == [4096, 4096])
}

@Test func channelArgumentsAreNumbersOrStrings() throws {
    let list = "grpc.max_connection_age_ms=2000,grpc.lb_policy_name=grpclb,,a=b=c,n=-1,n=5,e="
    let arguments = try GRPCChannelArguments(list)
    #expect(arguments.integer("grpc.max_connection_age_ms") == 2000)
    #expect(arguments.values["grpc.lb_policy_name"] == .string("grpclb"))
    #expect(arguments.values["a"] == .string("b=c") && arguments.values["e"] == .string(""))
    #expect(arguments.integer("n") == 5 && arguments.integer("a") == nil && arguments.integer("x") == nil)
    #expect(try GRPCChannelArguments("").values.isEmpty)
    #expect(throws: Status.self) { try GRPCChannelArguments("=1") }
}

@Test func retriesAndThreadsReachTheManager() throws {
    let options = try options(
        model, "--num_load_threads=7", "--num_unload_threads=2147483647", "--max_num_load_retries=0",
        "--load_retry_interval_micros=-5", "--saved_model_tags=serve,gpu")
    #expect(options.manager.loadThreads == 7 && options.manager.unloadThreads == 256)
    #expect(options.manager.maximumLoadRetries == 0 && options.manager.loadRetryIntervalMicroseconds == -5)
    #expect(options.savedModelTags == ["serve", "gpu"])
}

@Test func transitionsAndLabelsAreChosenByFlags() throws {
    let standard = try options(model)
    #expect(standard.manager.transition == .availabilityPreserving && standard.manager.keptVersions == 0)
    #expect(!standard.allowsUnavailableLabels)
    let other = try options(
        model, "--version_transition_policy=resource_preserving", "--keep_previous_versions=2",
        "--allow_version_labels_for_unavailable_models")
    #expect(other.manager.transition == .resourcePreserving && other.manager.keptVersions == 2)
    #expect(other.allowsUnavailableLabels)
    let refusal = Status.invalidArgument(
        "--version_transition_policy must be one of availability_preserving, resource_preserving; was 'fast'")
    #expect(throws: refusal) { try options(model, "--version_transition_policy=fast") }
    #expect(throws: Status.invalidArgument("--keep_previous_versions must not be negative; was -1")) {
        try options(model, "--keep_previous_versions=-1")
    }
}

@Test func memoryBudgetIsGivenInMebibytes() throws {
    #expect(try options(model).manager.memoryBudget == nil)
    let limited = try options(model, "--model_memory_budget_mb=3", "--pinned_models=a,b")
    #expect(limited.manager.memoryBudget == 3 << 20 && limited.manager.pinned == ["a", "b"])
    let range = "--model_memory_budget_mb must be a number from 0 to 1073741824; was -1"
    #expect(throws: Status.invalidArgument(range)) { try options(model, "--model_memory_budget_mb=-1") }
    #expect(throws: Status.invalidArgument("--pinned_models is set without setting --model_memory_budget_mb.")) {
        try options(model, "--pinned_models=a")
    }
}

@Test func batchingIsReadFromItsFile() throws {
    #expect(try options(model, "--enable_batching").batching?.threadPoolName == "model_server_batch_threads")
    let directory = TemporaryDirectory()
    let file = directory.write("b.txt", "max_batch_size { value: 32 }")
    let read = try options(model, "--enable_batching", "--batching_parameters_file=\(file)").batching
    #expect(read?.maximumBatchSize == 32 && read?.threadPoolName == "batch_threads")
    let refused = directory.write("refused.txt", "batch_timeout_micros { value: -5 }")
    #expect(throws: Status.invalidArgument("batch_timeout_micros must be non-negative; was -5")) {
        try options(model, "--enable_batching", "--batching_parameters_file=\(refused)")
    }
    let bad = directory.write("bad.txt", "max_batch_size: 32")
    #expect(throws: Status.invalidArgument("Invalid protobuf file: '\(bad)'")) {
        try ServerOptions(try Flags([model, "--enable_batching", "--batching_parameters_file=\(bad)"]))
    }
}

@Test func wayOfBatchingIsChosenByFlags() throws {
    let standard = try options(model)
    #expect(standard.batchScheduling == .adaptive && !standard.batchesByVersionFiles)
    #expect(try options(model, "--batch_scheduling=strict").batchScheduling == .strict)
    #expect(try options(model, "--enable_batching", "--enable_per_model_batching_parameters").batchesByVersionFiles)
    for name in ["eager", "", "Strict"] {
        let text = "--batch_scheduling must be one of adaptive, strict; was '\(name)'"
        #expect(throws: Status.invalidArgument(text)) { try options(model, "--batch_scheduling=\(name)") }
    }
}

@Test func filesWithoutEffectAreCheckedAllTheSame() throws {
    let directory = TemporaryDirectory()
    let bad = directory.write("bad.txt", "no_such_field: 1")
    for flag in ["platform_config_file", "tensorflow_session_config_file"] {
        #expect(throws: Status.invalidArgument("Invalid protobuf file: '\(bad)'")) {
            try ServerOptions.checkFiles(try Flags(["--\(flag)=\(bad)"]))
        }
    }
    let model = "--model_base_path=/m"
    #expect(try options(model, "--monitoring_config_file=\(bad)").monitoring.isEnabled)
    #expect(throws: Status.invalidArgument("Invalid protobuf file: '\(bad)'")) {
        try options(model, "--monitoring_config_file=\(bad)", "--rest_api_port=1")
    }
}

@Test func tlsIsReadFromItsFiles() throws {
    let directory = TemporaryDirectory()
    let model = "--model_base_path=/m"
    let empty = directory.write("ssl.txt", "# no TLS")
    #expect(try options(model, "--ssl_config_file=\(empty)").tls == nil)
    let wrong = directory.write("tls.txt", "server_key: 'k' server_cert: 'c'")
    for flags in [["--ssl_config_file=\(wrong)"], ["--rest_api_port=1", "--rest_api_ssl_config_file=\(wrong)"]] {
        let refusal = #expect(throws: Status.self) { try ServerOptions(try Flags([model] + flags)) }
        #expect(refusal?.message == "'\(wrong)': server_key is not PEM text: it has no BEGIN line")
    }
    let bad = directory.write("bad.txt", "no_such_field: 1")
    #expect(throws: Status.invalidArgument("Invalid protobuf file: '\(bad)'")) {
        try options(model, "--ssl_config_file=\(bad)")
    }
}

@Test func logsAreAsTheFlagsSay() throws {
    let model = "--model_base_path=/m"
    #expect(try options(model).logFormat == .text && options(model).accessLogSampling == 0)
    let all = try options(model, "--log_format=json", "--access_log_sampling=0.25")
    #expect(all.logFormat == .json && all.accessLogSampling == 0.25)
    #expect(throws: Status.invalidArgument("--log_format must be one of text, json; was 'xml'")) {
        try options(model, "--log_format=xml")
    }
    #expect(throws: Status.invalidArgument("--access_log_sampling must be a number from 0 to 1; was 2.0")) {
        try options(model, "--access_log_sampling=2")
    }
}
