import Batching
import CServingProtos
import Servables
import ServingCore
import ServingProtos

extension ServerOptions {
    /// Combinations of flags that nothing sensible follows from.
    static func refuseContradictions(_ flags: Flags) throws(Status) {
        if flags.int32("port") == 0 && flags.string("grpc_socket_path").isEmpty {
            throw .invalidArgument(
                "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.")
        }
        if flags.bool("use_alts_credentials") {
            guard flags.string("ssl_config_file").isEmpty else {
                throw .invalidArgument(
                    "Either use_alts_credentials must be false or ssl_config_file must be empty.")
            }
            throw .invalidArgument("use_alts_credentials must be false: this server has no ALTS credentials.")
        }
        if flags.string("model_base_path").isEmpty && flags.string("model_config_file").isEmpty {
            throw .invalidArgument(
                "Both server_options.model_base_path and server_options.model_config_file are empty!")
        }
        if !flags.bool("enable_batching") && !flags.string("batching_parameters_file").isEmpty {
            throw .invalidArgument(
                "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
            )
        }
    }

    static func port(_ flags: Flags) throws(Status) -> UInt16? {
        let port = flags.int32("port")
        guard let number = UInt16(exactly: port) else {
            throw .invalidArgument("--port must be a number from 0 to 65535; was \(port)")
        }
        return number == 0 ? nil : number
    }

    static func count(_ flags: Flags, _ name: String, _ range: ClosedRange<Int64>) throws(Status) -> Int {
        let value = flags.integer(name)
        guard range.contains(value) else {
            throw .invalidArgument(
                "--\(name) must be a number from \(range.lowerBound) to \(range.upperBound); was \(value)")
        }
        return Int(value)
    }

    static func seconds(_ flags: Flags, _ name: String) throws(Status) -> Int {
        let value = flags.int32(name)
        guard value >= 0 else { throw .invalidArgument("--\(name) must not be negative; was \(value)") }
        return Int(value)
    }

    static func models(_ flags: Flags) -> Models {
        let file = flags.string("model_config_file")
        guard file.isEmpty else { return .file(file) }
        return .single(name: flags.string("model_name"), basePath: flags.string("model_base_path"))
    }

    static func manager(_ flags: Flags) throws(Status) -> ManagerOptions {
        var options = ManagerOptions()
        let load = flags.int32("num_load_threads")
        let unload = flags.int32("num_unload_threads")
        // More threads than models are never of use, and each costs a stack.
        if load > 0 { options.loadThreads = min(Int(load), 256) }
        if unload > 0 { options.unloadThreads = min(Int(unload), 256) }
        options.maximumLoadRetries = Int(flags.int32("max_num_load_retries"))
        options.loadRetryIntervalMicroseconds = flags.int64("load_retry_interval_micros")
        options.transition = try choice(flags, "version_transition_policy")
        options.keptVersions = try keptVersions(flags)
        options.memoryBudget = try memoryBudget(flags)
        options.pinned = Set(flags.string("pinned_models").split(separator: ",").map(String.init))
        guard options.pinned.isEmpty || options.memoryBudget != nil else {
            throw .invalidArgument("--pinned_models is set without setting --model_memory_budget_mb.")
        }
        return options
    }

    /// The value of a flag that names one of a few things.
    static func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ flags: Flags, _ flag: String
    ) throws(Status) -> Choice {
        let name = flags.string(flag)
        guard let choice = Choice(rawValue: name) else {
            let valid = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument("--\(flag) must be one of \(valid); was '\(name)'")
        }
        return choice
    }

    private static func keptVersions(_ flags: Flags) throws(Status) -> Int {
        let count = flags.int32("keep_previous_versions")
        guard count >= 0 else { throw .invalidArgument("--keep_previous_versions must not be negative; was \(count)") }
        return Int(count)
    }

    private static func memoryBudget(_ flags: Flags) throws(Status) -> Int? {
        let megabytes = try count(flags, "model_memory_budget_mb", 0...Int64(1) << 30)
        return megabytes == 0 ? nil : megabytes << 20
    }

    /// Either one number for both kinds of threads, or one for each.
    static func threads(_ flags: Flags) throws(Status) -> (intra: Int, inter: Int) {
        let session = flags.int64("tensorflow_session_parallelism")
        let intra = flags.int64("tensorflow_intra_op_parallelism")
        let inter = flags.int64("tensorflow_inter_op_parallelism")
        if session > 0 && intra > 0 && inter > 0 {
            throw .invalidArgument(
                "Either configure server_options.tensorflow_session_parallelism or "
                    + "(server_options.tensorflow_intra_op_parallelism, "
                    + "server_options.tensorflow_inter_op_parallelism) separately. You cannot configure all.")
        }
        func threads(_ number: Int64) -> Int { Int(min(max(0, number), 4096)) }
        if intra > 0 || inter > 0 { return (threads(intra), threads(inter)) }
        return (threads(session), threads(session))
    }

    static func batching(_ flags: Flags) throws(Status) -> BatchingParameters? {
        guard flags.bool("enable_batching") else { return nil }
        let path = flags.string("batching_parameters_file")
        guard path.isEmpty else { return try BatchingParameters(contentsOf: path) }
        var parameters = BatchingParameters()
        parameters.threadPoolName = "model_server_batch_threads"
        return parameters
    }

    /// As in TensorFlow Serving, the file is not looked at without a REST port, where the metrics would be.
    static func monitoring(_ flags: Flags) throws(Status) -> MonitoringConfiguration {
        let path = flags.string("monitoring_config_file")
        guard !path.isEmpty, flags.int32("rest_api_port") != 0 else { return MonitoringConfiguration() }
        return try MonitoringConfiguration(contentsOf: path)
    }

    /// The settings in the file that the flag `name` names; nil without one.
    static func tls(_ flags: Flags, _ name: String) throws(Status) -> TLSConfiguration? {
        let path = flags.string(name)
        return path.isEmpty ? nil : try TLSConfiguration(contentsOf: path)
    }

    /// A flag from 0 to 1.
    static func share(_ flags: Flags, _ name: String) throws(Status) -> Double {
        let share = flags.float(name)
        guard share >= 0, share <= 1 else {
            throw .invalidArgument("--\(name) must be a number from 0 to 1; was \(share)")
        }
        return Double(share)
    }

    static func batchScheduling(_ flags: Flags) throws(Status) -> BatchScheduler.Policy {
        let name = flags.string("batch_scheduling")
        guard let policy = BatchScheduler.Policy(rawValue: name) else {
            let valid = BatchScheduler.Policy.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument("--batch_scheduling must be one of \(valid); was '\(name)'")
        }
        return policy
    }

    /// Reads the files that flags name and that have no effect, so that a mistake in them shows at once.
    public static func checkFiles(_ flags: Flags) throws(Status) {
        func check<Proto: ProtoMessage>(_ flag: String, _ type: Proto.Type) throws(Status) {
            let path = flags.string(flag)
            if !path.isEmpty { _ = try ConfigurationFile.read(path, as: type) }
        }
        try check("platform_config_file", Tensorflow__Serving__PlatformConfigMap.self)
        try check("tensorflow_session_config_file", Tensorflow__ConfigProto.self)
    }
}
