import Batching
import Servables
import ServingCore
import Tracing

/// Everything that the command line decides, checked and in the server's own terms.
public struct ServerOptions: Sendable {
    /// Where the models come from.
    public enum Models: Sendable, Hashable {
        case file(String)
        case single(name: String, basePath: String)
    }

    /// Whose answers are compressed.
    public enum ResponseCompression: String, Sendable, CaseIterable {
        case never, mirror, always
    }

    /// nil: no TCP port.
    public var port: UInt16?
    /// nil: no UNIX socket.
    public var socketPath: String?
    /// nil: no REST API.
    public var rest: RESTOptions?
    /// nil: the gRPC port is not encrypted.
    public var tls: TLSConfiguration?
    public var admin: AdminOptions
    public var channelArguments: GRPCChannelArguments
    /// Longest message that is accepted, in bytes.
    public var maximumReceiveMessageBytes: Int
    public var responseCompression: ResponseCompression
    public var offersHealthService: Bool
    /// Whether `tensorflow.ProfilerService` is offered.
    public var offersProfiler: Bool
    public var models: Models
    /// Seconds between two looks at the file with the list of models; 0 or less: it is read again only when asked for.
    public var configurationPollSeconds: Int32
    /// Longest time that the answer to a reload may take, seconds.
    public var reloadTimeoutSeconds: Int32
    /// Whether a model that fails in its first load ends the server.
    public var exitsOnLoadFailure: Bool
    /// As `FileSystemSource` takes it.
    public var pollWaitSeconds: Int64
    public var manager: ManagerOptions
    /// Whether a label may be given to a version that is not available yet.
    public var allowsUnavailableLabels: Bool
    /// Whether the ports open only when every model has been tried once.
    public var waitsForModels: Bool
    /// The meta graph to load has exactly these tags.
    public var savedModelTags: Set<String>
    /// Whether a version's `model.tflite` is served instead of its SavedModel.
    public var prefersTFLite: Bool
    public var checksSignatureMethodNames: Bool
    public var answersWithTensorContent: Bool
    /// Whether answers tell what they took when the client says nothing about it.
    public var reportsTimings: Bool
    /// Whether clients may run any part of a graph.
    public var offersSessionRun: Bool
    /// Whether weights are read into memory of the process even where they could be mapped.
    public var copiesWeights: Bool
    /// What the weights of each model are kept in.
    public var precisions: WeightPrecisions
    /// A value of `--mixed_precision` that is not known; nil if there is none.
    public var unknownMixedPrecision: String?
    /// Threads that one operation may use; 0: automatic.
    public var intraOpThreads: Int
    /// Operations and requests that may run at once; 0: automatic.
    public var interOpThreads: Int
    /// Checked; nil unless `--enable_batching` is set.
    public var batching: BatchingParameters?
    /// Whether each version brings its own parameters, and `batching` only says which threads there are; nothing without
    /// `batching`.
    public var batchesByVersionFiles: Bool
    public var batchScheduling: BatchScheduler.Policy
    /// Whether versions are warmed up by their own requests, or by made-up inputs, before they are served.
    public var warmsModelsUp: Bool
    /// How often each request of a warm-up file is run; at least 1.
    public var warmUpIterations: Int
    /// Requests of each model that are run on its next version; 0: none.
    public var recentRequests: Int
    /// Files that a request log keeps.
    public var requestLogFiles: Int
    public var monitoring: MonitoringConfiguration
    public var logFormat: LogFormat
    /// The share of the requests that get a line in the log, from 0 to 1.
    public var accessLogSampling: Double
    /// Seconds that calls in flight get when the server is told to stop.
    public var drainTimeoutSeconds: Int
    /// Seconds that new calls are still taken after the server was told to stop.
    public var drainLagSeconds: Int

    /// INVALID_ARGUMENT with TensorFlow Serving's words for settings that contradict each other.
    public init(_ flags: Flags) throws(Status) {
        try ServerOptions.refuseContradictions(flags)
        port = try ServerOptions.port(flags)
        let socket = flags.string("grpc_socket_path")
        socketPath = socket.isEmpty ? nil : socket
        rest = try RESTOptions(flags)
        tls = try ServerOptions.tls(flags, "ssl_config_file")
        admin = try AdminOptions(flags)
        channelArguments = try GRPCChannelArguments(flags.string("grpc_channel_arguments"))
        maximumReceiveMessageBytes = try ServerOptions.count(
            flags, "grpc_max_receive_message_bytes", 1...Int64(1) << 40)
        responseCompression = try ServerOptions.choice(flags, "grpc_response_compression")
        let health = "enable_grpc_healthcheck_service"
        offersHealthService = flags.bool(health) || !flags.isSet(health)
        offersProfiler = flags.bool("enable_profiler")
        models = ServerOptions.models(flags)
        configurationPollSeconds = flags.int32("model_config_file_poll_wait_seconds")
        reloadTimeoutSeconds = flags.int32("reload_timeout_seconds")
        guard reloadTimeoutSeconds >= 0 else {
            throw .invalidArgument("--reload_timeout_seconds must not be negative; was \(reloadTimeoutSeconds)")
        }
        exitsOnLoadFailure = flags.bool("exit_on_load_failure")
        pollWaitSeconds = Int64(flags.int32("file_system_poll_wait_seconds"))
        manager = try ServerOptions.manager(flags)
        allowsUnavailableLabels = flags.bool("allow_version_labels_for_unavailable_models")
        waitsForModels = flags.bool("wait_for_models")
        savedModelTags = Set(flags.string("saved_model_tags").split(separator: ",").map(String.init))
        checksSignatureMethodNames = flags.bool("enable_signature_method_name_check")
        prefersTFLite = flags.bool("prefer_tflite_model")
        copiesWeights = flags.bool("copy_weights")
        offersSessionRun = flags.bool("enable_session_run")
        answersWithTensorContent = flags.bool("enable_serialization_as_tensor_content")
        reportsTimings = flags.bool("report_timings")
        let mixed = flags.string("mixed_precision")
        precisions = try WeightPrecisions(
            flags.string("precision"), general: mixed == "bfloat16" ? .bf16 : .float)
        unknownMixedPrecision = ["", "bfloat16"].contains(mixed) ? nil : mixed
        (intraOpThreads, interOpThreads) = try ServerOptions.threads(flags)
        batching = try ServerOptions.batching(flags)
        batchesByVersionFiles = flags.bool("enable_per_model_batching_parameters")
        batchScheduling = try ServerOptions.batchScheduling(flags)
        warmsModelsUp = flags.bool("enable_model_warmup")
        warmUpIterations = max(1, Int(flags.int32("num_request_iterations_for_warmup")))
        recentRequests = try ServerOptions.count(flags, "warmup_from_recent_requests", 0...10_000)
        requestLogFiles = try ServerOptions.count(flags, "request_log_max_files", 1...100_000)
        monitoring = try ServerOptions.monitoring(flags)
        logFormat = try ServerOptions.choice(flags, "log_format")
        accessLogSampling = try ServerOptions.share(flags, "access_log_sampling")
        drainTimeoutSeconds = try ServerOptions.seconds(flags, "drain_timeout_seconds")
        drainLagSeconds = try ServerOptions.seconds(flags, "drain_lag_seconds")
    }

    /// The models to serve; reads the configuration file if there is one.
    public func loadModels() throws(Status) -> ModelServerConfiguration {
        switch models {
        case .file(let path): try ModelServerConfiguration(contentsOf: path)
        case .single(let name, let basePath): try ModelServerConfiguration(name: name, basePath: basePath)
        }
    }
}
