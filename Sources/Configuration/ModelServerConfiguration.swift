import Batching
import CProtobufC
import CServingProtos
import Records
import Servables
import ServingCore
import ServingProtos

/// The models to serve, as a `tensorflow.serving.ModelServerConfig` lists them; checked.
public struct ModelServerConfiguration: Sendable, Hashable {
    public private(set) var models: [ModelConfiguration] = []
    /// Whether there is a `model_config_list` at all, which may be empty.
    public private(set) var hasList = false
    /// Sentences about settings that are accepted but do nothing.
    public private(set) var remarks: [String] = []

    /// No models.
    public init() {}

    /// Reads the text file at `path`. A relative `base_path` counts from the folder of the file, which TensorFlow
    /// Serving refuses.
    public init(contentsOf path: String) throws(Status) {
        let message = try ConfigurationFile.read(path, as: Tensorflow__Serving__ModelServerConfig.self)
        self = try message.read { (config) throws(Status) in
            try ModelServerConfiguration(config, relativeTo: FilePath.folder(of: path))
        }
    }

    /// Takes over a message. INVALID_ARGUMENT with TensorFlow Serving's words if the list is not valid.
    ///
    /// - Parameter folder: where relative base paths start; nil: they are refused.
    public init(
        _ config: UnsafePointer<Tensorflow__Serving__ModelServerConfig>, relativeTo folder: String?
    ) throws(Status) {
        var problems: [SettingProblem] = []
        var paths: [String: SettingPath] = [:]
        self.init(config, relativeTo: folder, problems: &problems, paths: &paths)
        if let first = problems.first(where: { !$0.isWarning }) { throw .invalidArgument(first.text) }
        remarks = problems.map(\.text)
    }

    /// Takes over the valid models of a message and adds everything that is wrong with it to `problems`; `paths` gets the
    /// place of each model by its name.
    init(
        _ config: UnsafePointer<Tensorflow__Serving__ModelServerConfig>, relativeTo folder: String?,
        problems: inout [SettingProblem], paths: inout [String: SettingPath]
    ) {
        switch config.pointee.config_case {
        case TENSORFLOW__SERVING__MODEL_SERVER_CONFIG__CONFIG_MODEL_CONFIG_LIST:
            hasList = true
            guard let list = config.pointee.model_config_list else { return }
            for (index, model) in Repeated.messages(list.pointee.config, list.pointee.n_config).enumerated() {
                let path = SettingPath("model_config_list").appending("config", index)
                add(model, at: path, relativeTo: folder, &paths, &problems)
            }
        case TENSORFLOW__SERVING__MODEL_SERVER_CONFIG__CONFIG_CUSTOM_MODEL_CONFIG:
            let text = "custom_model_config is not supported by this server; list the models in model_config_list"
            problems.append(SettingProblem(text, at: SettingPath("custom_model_config")))
        default: return
        }
    }

    /// A single model, as `--model_name` and `--model_base_path` describe it.
    public init(name: String, basePath: String) throws(Status) {
        hasList = true
        models = [ModelConfiguration(name: name, basePath: try FilePath.base(basePath, of: name, relativeTo: nil))]
    }

    /// Adds a model if nothing is wrong with it. `paths` tells where the names so far were given.
    private mutating func add(
        _ config: UnsafePointer<Tensorflow__Serving__ModelConfig>, at path: SettingPath, relativeTo folder: String?,
        _ paths: inout [String: SettingPath], _ problems: inout [SettingProblem]
    ) {
        let name = String(proto: config.pointee.name)
        var found: [SettingProblem] = []
        if let earlier = paths[name] {
            let text = "Illegal to list model \(name) multiple times in config list"
            var problem = SettingProblem(text, at: path.appending("name"))
            problem.related = earlier.appending("name")
            problem.relatedText = "model \(name) is listed here"
            found.append(problem)
        } else {
            paths[name] = path
        }
        var basePath = ""
        do throws(Status) {
            basePath = try FilePath.base(String(proto: config.pointee.base_path), of: name, relativeTo: folder)
        } catch {
            found.append(SettingProblem(error.message, at: path.appending("base_path")))
        }
        let platform = ModelServerConfiguration.platform(of: config, name, at: path, &found)
        var labels: [String: Int64] = [:]
        let isValid = found.isEmpty
        let entries = Repeated.messages(config.pointee.version_labels, config.pointee.n_version_labels)
        for (index, entry) in entries.enumerated() {
            let label = String(proto: entry.pointee.key)
            guard labels.updateValue(entry.pointee.value, forKey: label) != nil else { continue }
            let text = "Label \(label) of model \(name) is given more than once; the last one counts"
            found.append(.warning(text, at: path.appending("version_labels", index)))
        }
        let policy = ModelServerConfiguration.policy(config.pointee.model_version_policy)
        found += ModelServerConfiguration.remarks(name, policy, at: path)
        let logging = ModelServerConfiguration.logging(config, name, at: path, relativeTo: folder, &found)
        let batching = ModelServerConfiguration.batching(config, name, at: path, &found)
        problems += found
        guard isValid else { return }
        models.append(
            ModelConfiguration(
                name: name, basePath: basePath, platform: platform, policy: policy, labels: labels, logging: logging,
                batching: batching))
    }

    private static func remarks(
        _ name: String, _ policy: VersionPolicy, at path: SettingPath
    ) -> [SettingProblem] {
        var remarks: [SettingProblem] = []
        if name.isEmpty {
            remarks.append(.warning("A model without a name cannot be asked for", at: path.appending("name")))
        }
        if policy == .specific([]) {
            let text = "Model \(name) has a specific version policy without versions: nothing of it is served"
            remarks.append(.warning(text, at: path.appending("model_version_policy")))
        }
        if policy == .latest(0) {
            let text = "num_versions of model \(name) is 0, which counts as 1"
            remarks.append(.warning(text, at: path.appending("model_version_policy").appending("latest")))
        }
        return remarks
    }

    /// The request log that the model asks for, if it is valid; what is wrong with it goes to `problems`.
    private static func logging(
        _ config: UnsafePointer<Tensorflow__Serving__ModelConfig>, _ name: String, at path: SettingPath,
        relativeTo folder: String?, _ problems: inout [SettingProblem]
    ) -> LoggingConfiguration? {
        guard let logging = config.pointee.logging_config else { return nil }
        let place = path.appending("logging_config")
        var remarks: [String] = []
        defer { problems += remarks.map { .warning($0, at: place) } }
        do throws(Status) {
            return try LoggingConfiguration(
                UnsafePointer(logging), of: name, relativeTo: folder, remarks: &remarks)
        } catch {
            problems.append(SettingProblem(error.message, at: place))
            return nil
        }
    }

    /// The model's own batching parameters; what is wrong with them goes to `problems`.
    private static func batching(
        _ config: UnsafePointer<Tensorflow__Serving__ModelConfig>, _ name: String, at path: SettingPath,
        _ problems: inout [SettingProblem]
    ) -> BatchingParameters? {
        guard let message = config.pointee.batching_parameters else { return nil }
        let place = path.appending("batching_parameters")
        var found: [SettingProblem] = []
        let parameters = BatchingParameters(UnsafePointer(message), at: place, problems: &found)
        for (field, isSet) in [
            ("num_batch_threads", message.pointee.num_batch_threads != nil),
            ("thread_pool_name", message.pointee.thread_pool_name != nil),
        ] where isSet {
            let text = "\(field) has no effect for one model: all share the threads of --batching_parameters_file"
            found.append(.warning(text, at: place.appending(field)))
        }
        for index in found.indices { found[index].text = "batching_parameters of model \(name): \(found[index].text)" }
        problems += found
        return parameters
    }

    /// The platform that the model asks for; what is wrong with it goes to `problems`.
    private static func platform(
        of config: UnsafePointer<Tensorflow__Serving__ModelConfig>, _ name: String, at path: SettingPath,
        _ problems: inout [SettingProblem]
    ) -> String {
        let platform = String(proto: config.pointee.model_platform)
        let type = modelType(of: config)
        let fields = "ModelServerConfig::model_type (deprecated)"
        let advice = "write model_platform: \"tensorflow\""
        func refuse(_ text: String, _ field: String) {
            problems.append(SettingProblem(text, at: path.appending(field), advice: advice))
        }
        if type != Int32(TENSORFLOW__SERVING__MODEL_TYPE__MODEL_TYPE_UNSPECIFIED.rawValue) {
            if !platform.isEmpty {
                refuse(
                    "Illegal setting both \(fields) and ModelServerConfig::model_platform, model name is \(name)",
                    "model_type")
            } else if type != Int32(TENSORFLOW__SERVING__MODEL_TYPE__TENSORFLOW.rawValue) {
                refuse("ModelServerConfig::model_type choice \(type) not supported.", "model_type")
            }
        } else if platform.isEmpty {
            refuse(
                "Illegal setting neither \(fields) nor ModelServerConfig::model_platform, model name is \(name)",
                "model_platform")
        } else if platform != "tensorflow" {
            refuse("Model \(name) requests unsupported platform \(platform)", "model_platform")
        }
        return "tensorflow"
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
