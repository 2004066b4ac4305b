import SavedModels
import Servables
import ServingCore
import Synchronization

/// Loads one version directory of a TensorFlow model.
public final class ModelLoader: Loader {
    private let id: ServableID
    private let directory: String
    private let environment: Model.Environment
    /// Whether the failure of `load` was that files are missing or short.
    private let foundIncomplete = Atomic<Bool>(false)

    public init(id: ServableID, directory: String, environment: Model.Environment) {
        self.id = id
        self.directory = directory
        self.environment = environment
    }

    /// Reads the SavedModel, restores its variables, and compiles its signatures. Nothing is read unless all files that
    /// the version names are there in full, and there is memory for them.
    public func load() throws(Status) -> any Servable { try load(isWanted: { true }) }

    /// The same, then warms the model up as long as somebody wants it.
    public func load(isWanted: @escaping @Sendable () -> Bool) throws(Status) -> any Servable {
        switch try SavedModel.checkCompleteness(directory: directory, tags: environment.tags) {
        case .incomplete(let status):
            foundIncomplete.store(true, ordering: .relaxed)
            throw status
        case .complete(let byteCount):
            guard let admission = environment.admission else { return try build(isWanted) }
            let files = LoadAdmission.Files(byteCount: byteCount, graphByteCount: graphByteCount)
            return try admission.admit(id, files) { () throws(Status) in try build(isWanted) }
        }
    }

    private var graphByteCount: Int {
        let facts = try? LocalFileSystem().facts(of: directory + "/saved_model.pb")
        return Int(facts?.size ?? 0)
    }

    private func build(_ isWanted: @escaping @Sendable () -> Bool) throws(Status) -> Model {
        let savedModel = try SavedModel.read(directory: directory, tags: environment.tags)
        let model = try ModelBuilder(savedModel, environment).build()
        try environment.warmUp?.run(model, id, directory: directory, isWanted: isWanted)
        return model
    }

    /// Missing files may still arrive; an error in the files stays until they change.
    public func failureKind(of failure: Status) -> LoadFailureKind {
        if foundIncomplete.load(ordering: .relaxed) { return .incomplete }
        switch failure.code {
        case .unavailable: return .incomplete
        case .resourceExhausted, .permissionDenied, .unknown: return .transient
        default: return .permanent
        }
    }

    /// Changes whenever a file of the version changes its size or time.
    public func fingerprint() -> UInt64? { LocalFileSystem().fingerprint(of: directory) }
}
