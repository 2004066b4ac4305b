import Servables
import ServingCore

/// Everything that the command line decides, checked and in the server's own terms.
public struct ServerOptions: Sendable {
    /// Where the models come from.
    public enum Models: Sendable, Hashable {
        case file(String)
        case single(name: String, basePath: String)
    }

    /// nil: no TCP port.
    public var port: UInt16?
    /// nil: no UNIX socket.
    public var socketPath: String?
    public var channelArguments: GRPCChannelArguments
    /// Longest message that is accepted, in bytes.
    public var maximumReceiveMessageBytes: Int
    public var offersHealthService: Bool
    public var models: Models
    /// Whether a model that fails in its first load ends the server.
    public var exitsOnLoadFailure: Bool
    /// As `FileSystemSource` takes it.
    public var pollWaitSeconds: Int64
    public var manager: ManagerOptions
    /// Whether the ports open only when every model has been tried once.
    public var waitsForModels: Bool
    /// The meta graph to load has exactly these tags.
    public var savedModelTags: Set<String>
    public var checksSignatureMethodNames: Bool
    public var answersWithTensorContent: Bool
    /// Threads that one operation may use; 0: automatic.
    public var intraOpThreads: Int
    /// Operations and requests that may run at once; 0: automatic.
    public var interOpThreads: Int
    /// Checked; nil unless `--enable_batching` is set.
    public var batching: BatchingParameters?
    /// Seconds that calls in flight get when the server is told to stop.
    public var drainTimeoutSeconds: Int

    /// INVALID_ARGUMENT with TensorFlow Serving's words for settings that contradict each other.
    public init(_ flags: Flags) throws(Status) {
        try ServerOptions.refuseContradictions(flags)
        port = try ServerOptions.port(flags)
        let socket = flags.string("grpc_socket_path")
        socketPath = socket.isEmpty ? nil : socket
        channelArguments = try GRPCChannelArguments(flags.string("grpc_channel_arguments"))
        maximumReceiveMessageBytes = try ServerOptions.count(
            flags, "grpc_max_receive_message_bytes", 1...Int64(1) << 40)
        offersHealthService = flags.bool("enable_grpc_healthcheck_service")
        models = ServerOptions.models(flags)
        exitsOnLoadFailure = flags.bool("exit_on_load_failure")
        pollWaitSeconds = Int64(flags.int32("file_system_poll_wait_seconds"))
        manager = ServerOptions.manager(flags)
        waitsForModels = flags.bool("wait_for_models")
        savedModelTags = Set(flags.string("saved_model_tags").split(separator: ",").map(String.init))
        checksSignatureMethodNames = flags.bool("enable_signature_method_name_check")
        answersWithTensorContent = flags.bool("enable_serialization_as_tensor_content")
        (intraOpThreads, interOpThreads) = try ServerOptions.threads(flags)
        batching = try ServerOptions.batching(flags)
        let drain = flags.int32("drain_timeout_seconds")
        guard drain >= 0 else {
            throw .invalidArgument("--drain_timeout_seconds must not be negative; was \(drain)")
        }
        drainTimeoutSeconds = Int(drain)
    }

    /// The models to serve; reads the configuration file if there is one.
    public func loadModels() throws(Status) -> ModelServerConfiguration {
        switch models {
        case .file(let path): try ModelServerConfiguration(contentsOf: path)
        case .single(let name, let basePath): try ModelServerConfiguration(name: name, basePath: basePath)
        }
    }
}
