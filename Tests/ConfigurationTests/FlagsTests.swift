import ServingCore
import Testing

@testable import Configuration

private func failure(_ arguments: String...) -> Status? {
    do throws(Status) {
        _ = try Flags(arguments)
        return nil
    } catch {
        return error
    }
}

@Test func flagsHaveTheReferencesDefaults() throws {
    let flags = try Flags([])
    #expect(flags.int32("port") == 8500)
    #expect(flags.int32("rest_api_port") == 0)
    #expect(flags.int32("rest_api_timeout_in_ms") == 30000)
    #expect(flags.string("model_name") == "default")
    #expect(flags.int32("file_system_poll_wait_seconds") == 1)
    #expect(flags.int32("max_num_load_retries") == 5)
    #expect(flags.int64("load_retry_interval_micros") == 60_000_000)
    #expect(flags.string("saved_model_tags") == "serve")
    #expect(flags.bool("enable_model_warmup") && flags.bool("enable_profiler"))
    #expect(flags.bool("flush_filesystem_caches") && flags.bool("remove_unused_fields_from_bundle_metagraph"))
    #expect(!flags.bool("enable_batching") && !flags.bool("version"))
    #expect(flags.unknownArguments.isEmpty && flags.remarks.isEmpty)
}

/// The names of the reference, one by one: a flag that went missing would be ignored silently.
@Test func everyFlagOfTheReferenceIsKnown() {
    let reference = """
        port grpc_socket_path rest_api_port rest_api_num_threads rest_api_timeout_in_ms rest_api_enable_cors_support
        grpc_max_threads grpc_channel_arguments model_name model_base_path model_config_file
        model_config_file_poll_wait_seconds file_system_poll_wait_seconds allow_version_labels_for_unavailable_models
        enable_batching batching_parameters_file enable_per_model_batching_parameters num_load_threads
        num_unload_threads max_num_load_retries load_retry_interval_micros enable_model_warmup
        num_request_iterations_for_warmup saved_model_tags tensorflow_session_parallelism
        tensorflow_intra_op_parallelism tensorflow_inter_op_parallelism ssl_config_file monitoring_config_file
        enable_signature_method_name_check enable_grpc_healthcheck_service enable_serialization_as_tensor_content
        version flush_filesystem_caches tensorflow_session_config_file platform_config_file
        per_process_gpu_memory_fraction use_alts_credentials remove_unused_fields_from_bundle_metagraph
        prefer_tflite_model num_tflite_pools num_tflite_interpreters_per_pool xla_cpu_compilation_enabled
        xla_gpu_compilation_enabled enable_profiler thread_pool_factory_config_file mixed_precision skip_initialize_tpu
        """
    let known = FlagDefinition.all.map(\.name)
    #expect(Set(known).count == known.count)
    #expect(Set(reference.split(whereSeparator: \.isWhitespace).map(String.init)).subtracting(known) == [])
}

@Test func valuesAreReadAndTheLastOneCounts() throws {
    let flags = try Flags(["--port=1", "--model_name=a=b", "--enable_batching", "--port=-7", "--model_base_path="])
    #expect(flags.int32("port") == -7)
    #expect(flags.string("model_name") == "a=b")
    #expect(flags.bool("enable_batching"))
    #expect(flags.isSet("model_base_path") && !flags.isSet("model_config_file"))
    #expect(try !Flags(["--enable_batching", "--enable_batching=false"]).bool("enable_batching"))
    #expect(try Flags(["--enable_batching=true"]).bool("enable_batching"))
}

@Test(arguments: [
    ("--port=abc", "abc", "port"), ("--port=", "", "port"), ("--port=85x", "85x", "port"),
    ("--port=1.5", "1.5", "port"), ("--port=0x10", "0x10", "port"), ("--port=2147483648", "2147483648", "port"),
    ("--enable_batching=1", "1", "enable_batching"), ("--enable_batching=True", "True", "enable_batching"),
    ("--enable_batching=", "", "enable_batching"),
    ("--load_retry_interval_micros=9223372036854775808", "9223372036854775808", "load_retry_interval_micros"),
    ("--per_process_gpu_memory_fraction=half", "half", "per_process_gpu_memory_fraction"),
])
func valueOfTheWrongKindIsRefused(argument: String, value: String, flag: String) {
    #expect(failure(argument) == .invalidArgument("Couldn't interpret value \(value) for flag \(flag)."))
}

@Test func whatIsNoFlagIsLeftOver() throws {
    let arguments = ["--port", "8501", "-port=1", "--nosuch=3", "x", "--version_x", "--model_name", "--version"]
    let flags = try Flags(arguments)
    #expect(flags.unknownArguments == Array(arguments.dropLast()))
    #expect(flags.int32("port") == 8500 && flags.bool("version"))
}

@Test func twoDashesEndTheFlags() throws {
    let flags = try Flags(["--port=1", "--", "--port=2", "--version"])
    #expect(flags.int32("port") == 1 && !flags.bool("version"))
    #expect(flags.unknownArguments == ["--port=2", "--version"])
}

@Test func usageHasTheReferencesLayout() {
    let lines = FlagDefinition("port", .int32(8500), "TCP port").usageLine
    #expect(lines == "\t--port=8500                        \tint32\tTCP port\n")
    #expect(FlagDefinition("n", .string("a"), "t").usageLine.hasPrefix("\t--n=\"a\" "))
    #expect(FlagDefinition("f", .float(0.25), "t").usageLine.hasPrefix("\t--f=0.250000 "))
    #expect(FlagDefinition("f", .float(-1), "t").usageLine.contains("=-1.000000 "))
    let long = FlagDefinition("remove_unused_fields_from_bundle_metagraph", .bool(true), "t").usageLine
    #expect(long == "\t--remove_unused_fields_from_bundle_metagraph=true\tbool\tt\n")
    let usage = Flags.usage(program: "model_server")
    #expect(usage.hasPrefix("usage: model_server\nFlags:\n\t--port=8500 "))
    #expect(usage.split(separator: "\n").count == 2 + FlagDefinition.all.count)
}

@Test func flagsWithoutEffectSaySoWhenTheyAskForSomething() throws {
    let flags = try Flags([
        "--grpc_max_threads=4", "--enable_profiler=false", "--mixed_precision=", "--port=9000", "--skip_initialize_tpu",
    ])
    #expect(
        flags.remarks == [
            "--grpc_max_threads has no effect: calls do not hold a thread each; event loops and compute threads follow the "
                + "number of processors",
            "--skip_initialize_tpu has no effect: this server computes on processors only",
        ])
}
