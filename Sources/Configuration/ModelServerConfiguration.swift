import CProtobufC
import CServingProtos
import Records
import Servables
import ServingCore
import ServingProtos

/// The models to serve, as a `tensorflow.serving.ModelServerConfig` lists them; checked.
public struct ModelServerConfiguration: Sendable, Hashable {
    public private(set) var models: [ModelConfiguration] = []
    /// Sentences about settings that are accepted but do nothing.
    public private(set) var remarks: [String] = []

    /// Reads the text file at `path`. A relative `base_path` counts from the folder of the file, which TensorFlow
    /// Serving refuses.
    public init(contentsOf path: String) throws(Status) {
        let message = try ConfigurationFile.read(path, as: Tensorflow__Serving__ModelServerConfig.self)
        try self.init(message, relativeTo: FilePath.folder(of: path))
    }

    /// Takes over a message. INVALID_ARGUMENT with TensorFlow Serving's words if the list is not valid.
    ///
    /// - Parameter folder: where relative base paths start; nil: they are refused.
    public init(
        _ message: Message<Tensorflow__Serving__ModelServerConfig>, relativeTo folder: String?
    ) throws(Status) {
        try message.read { (config) throws(Status) in
            switch config.pointee.config_case {
            case TENSORFLOW__SERVING__MODEL_SERVER_CONFIG__CONFIG_MODEL_CONFIG_LIST:
                guard let list = config.pointee.model_config_list else { return }
                for model in Repeated.messages(list.pointee.config, list.pointee.n_config) {
                    try add(model, relativeTo: folder)
                }
            case TENSORFLOW__SERVING__MODEL_SERVER_CONFIG__CONFIG_CUSTOM_MODEL_CONFIG:
                throw .invalidArgument(
                    "custom_model_config is not supported by this server; list the models in model_config_list")
            default: return
            }
        }
    }

    /// A single model, as `--model_name` and `--model_base_path` describe it.
    public init(name: String, basePath: String) throws(Status) {
        models = [ModelConfiguration(name: name, basePath: try FilePath.base(basePath, of: name, relativeTo: nil))]
    }

    private mutating func add(
        _ config: UnsafePointer<Tensorflow__Serving__ModelConfig>, relativeTo folder: String?
    ) throws(Status) {
        let name = String(proto: config.pointee.name)
        guard !models.contains(where: { $0.name == name }) else {
            throw .invalidArgument("Illegal to list model \(name) multiple times in config list")
        }
        let basePath = try FilePath.base(String(proto: config.pointee.base_path), of: name, relativeTo: folder)
        let platform = try ModelServerConfiguration.platform(of: config, name)
        var labels: [String: Int64] = [:]
        for entry in Repeated.messages(config.pointee.version_labels, config.pointee.n_version_labels) {
            labels[String(proto: entry.pointee.key)] = entry.pointee.value
        }
        let policy = ModelServerConfiguration.policy(config.pointee.model_version_policy)
        note(name, policy, labels)
        let logging = try config.pointee.logging_config.flatMap { (logging) throws(Status) in
            try LoggingConfiguration(UnsafePointer(logging), of: name, relativeTo: folder, remarks: &remarks)
        }
        models.append(
            ModelConfiguration(
                name: name, basePath: basePath, platform: platform, policy: policy, labels: labels, logging: logging))
    }

    private mutating func note(_ name: String, _ policy: VersionPolicy, _ labels: [String: Int64]) {
        if policy == .specific([]) {
            remarks.append("Model \(name) has a specific version policy without versions: nothing of it is served")
        }
        if !labels.isEmpty {
            remarks.append("version_labels of model \(name) have no effect: this version of the server has no labels")
        }
    }

    private static func platform(
        of config: UnsafePointer<Tensorflow__Serving__ModelConfig>, _ name: String
    ) throws(Status) -> String {
        let platform = String(proto: config.pointee.model_platform)
        let type = modelType(of: config)
        let unset = Int32(TENSORFLOW__SERVING__MODEL_TYPE__MODEL_TYPE_UNSPECIFIED.rawValue)
        let fields = "ModelServerConfig::model_type (deprecated)"
        if type != unset {
            guard platform.isEmpty else {
                throw .invalidArgument(
                    "Illegal setting both \(fields) and ModelServerConfig::model_platform, model name is \(name)")
            }
            guard type == Int32(TENSORFLOW__SERVING__MODEL_TYPE__TENSORFLOW.rawValue) else {
                throw .invalidArgument("ModelServerConfig::model_type choice \(type) not supported.")
            }
            return "tensorflow"
        }
        guard !platform.isEmpty else {
            throw .invalidArgument(
                "Illegal setting neither \(fields) nor ModelServerConfig::model_platform, model name is \(name)")
        }
        guard platform == "tensorflow" else {
            throw .invalidArgument("Model \(name) requests unsupported platform \(platform)")
        }
        return platform
    }

    /// The field is marked as deprecated, which Swift would report at each use; therefore it is read by its descriptor.
    private static func modelType(of config: UnsafePointer<Tensorflow__Serving__ModelConfig>) -> Int32 {
        let descriptor = Tensorflow__Serving__ModelConfig.descriptor
        guard let field = protobuf_c_message_descriptor_get_field_by_name(descriptor, "model_type") else { return 0 }
        return UnsafeRawPointer(config).load(fromByteOffset: Int(field.pointee.offset), as: Int32.self)
    }

    private typealias Policy = Tensorflow__Serving__FileSystemStoragePathSourceConfig__ServableVersionPolicy

    private static func policy(_ policy: UnsafeMutablePointer<Policy>?) -> VersionPolicy {
        guard let policy else { return .standard }
        switch policy.pointee.policy_choice_case {
        case latestChoice: return .latest(policy.pointee.latest?.pointee.num_versions ?? 0)
        case allChoice: return .all
        case specificChoice:
            guard let specific = policy.pointee.specific else { return .specific([]) }
            return .specific(Array(Repeated.values(specific.pointee.versions, specific.pointee.n_versions)))
        default: return .standard
        }
    }
}

private let latestChoice =
    TENSORFLOW__SERVING__FILE_SYSTEM_STORAGE_PATH_SOURCE_CONFIG__SERVABLE_VERSION_POLICY__POLICY_CHOICE_LATEST
private let allChoice =
    TENSORFLOW__SERVING__FILE_SYSTEM_STORAGE_PATH_SOURCE_CONFIG__SERVABLE_VERSION_POLICY__POLICY_CHOICE_ALL
private let specificChoice =
    TENSORFLOW__SERVING__FILE_SYSTEM_STORAGE_PATH_SOURCE_CONFIG__SERVABLE_VERSION_POLICY__POLICY_CHOICE_SPECIFIC
