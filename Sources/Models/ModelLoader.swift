import Glibc
import SavedModels
import Servables
import ServingCore
import Synchronization

/// Loads one version directory of a TensorFlow model.
public final class ModelLoader: Loader {
    private let id: ServableID
    private let directory: String
    private let environment: Model.Environment
    /// Tells the time in nanoseconds since 1970, on the scale of the change times of files.
    private let wallClock: @Sendable () -> Int64
    /// Whether the failure of `load` was that files are missing, short or still changing.
    private let foundIncomplete = Atomic<Bool>(false)

    /// How long after the last change of a file an error in the files may still mean that they are being written.
    private static let freshness: Int64 = 5_000_000_000

    public init(
        id: ServableID, directory: String, environment: Model.Environment,
        wallClock: @escaping @Sendable () -> Int64 = WallClock.nanoseconds
    ) {
        self.id = id
        self.directory = directory
        self.environment = environment
        self.wallClock = wallClock
    }

    /// Reads the SavedModel, restores its variables, and compiles its signatures. Nothing is built unless all files
    /// that the version names are there in full and have stopped changing, and there is memory for them; for files that
    /// changed in the last two seconds that takes a tenth of a second, or with assets, whose completeness nothing
    /// proves, until they have been quiet for two.
    public func load() throws(Status) -> any Servable { try load(isWanted: { true }) }

    /// The same, then warms the model up as long as somebody wants it.
    public func load(isWanted: @escaping @Sendable () -> Bool) throws(Status) -> any Servable {
        let begin = wallClock()
        let content = LocalFileSystem().content(of: directory)
        if environment.prefersTFLite, let version = TFLiteVersion(in: directory) {
            let files = LoadAdmission.Files(byteCount: version.byteCount, graphByteCount: 0)
            return try admit(files) { () throws(Status) in
                try build(try version.read(environment), content, begin, hasUnprovenFiles: true, isWanted)
            }
        }
        switch try SavedModel.checkCompleteness(directory: directory, tags: environment.tags) {
        case .incomplete(let status): throw incomplete(status)
        case .complete(let byteCount):
            let files = LoadAdmission.Files(byteCount: byteCount, graphByteCount: graphByteCount)
            return try admit(files) { () throws(Status) in
                let savedModel = try SavedModel.read(directory: directory, tags: environment.tags)
                if let status = savedModel.missingAsset { throw incomplete(status) }
                return try build(savedModel, content, begin, hasUnprovenFiles: !savedModel.assets.isEmpty, isWanted)
            }
        }
    }

    /// Builds once there is memory for `files`.
    private func admit(
        _ files: LoadAdmission.Files, _ build: () throws(Status) -> Model
    ) throws(Status) -> Model {
        guard let admission = environment.admission else { return try build() }
        return try admission.admit(id, files, build)
    }

    private var graphByteCount: Int {
        let facts = try? LocalFileSystem().facts(of: directory + "/saved_model.pb")
        return Int(facts?.size ?? 0)
    }

    /// - Parameters:
    ///   - content: of the directory at `begin`.
    ///   - hasUnprovenFiles: whether some files may be cut off without showing it.
    private func build(
        _ savedModel: SavedModel, _ content: DirectoryContent?, _ begin: Int64, hasUnprovenFiles: Bool,
        _ isWanted: @escaping @Sendable () -> Bool
    ) throws(Status) -> Model {
        let isUnproven = hasUnprovenFiles || hasBatchingFile
        if let content { try settle(Settling(content, at: begin, hasUnprovenFiles: isUnproven)) }
        let batching = try environment.batching?.version(id, directory: directory)
        let model = try ModelBuilder(savedModel, environment, id: id, batching: batching).build()
        try environment.timed(.warmUp, of: directory) { () throws(Status) in
            try environment.warmUp?.run(model, id, directory: directory, isWanted: isWanted)
        }
        return model
    }

    /// Whether the version brings batching parameters; cut off, they may still be in order.
    private var hasBatchingFile: Bool {
        guard let name = environment.batching?.versionFile else { return false }
        return (try? LocalFileSystem().facts(of: "\(directory)/\(name)")) != nil
    }

    /// Returns when the files have stopped changing; throws UNAVAILABLE if they have not.
    private func settle(_ settling: Settling) throws(Status) {
        while true {
            switch settling.decide(LocalFileSystem().content(of: directory), at: wallClock()) {
            case .settled: return
            case .changed: throw incomplete(.unavailable("\(directory) is incomplete: its files are still changing"))
            case .lookAgain(let nanoseconds): usleep(UInt32(nanoseconds / 1000))
            }
        }
    }

    private func incomplete(_ status: Status) -> Status {
        foundIncomplete.store(true, ordering: .relaxed)
        return status
    }

    /// Missing files may still arrive, and those that have just been written may not be finished; an error in files
    /// that are older stays until they change.
    public func failureKind(of failure: Status) -> LoadFailureKind {
        if foundIncomplete.load(ordering: .relaxed) { return .incomplete }
        switch failure.code {
        case .unavailable: return .incomplete
        case .resourceExhausted, .permissionDenied, .unknown: return .transient
        case .unimplemented: return .permanent
        default: return areFresh && !failure.message.hasPrefix("Op type not registered") ? .incomplete : .permanent
        }
    }

    private var areFresh: Bool {
        guard let content = LocalFileSystem().content(of: directory) else { return false }
        return Settling.age(content, at: wallClock()) < ModelLoader.freshness
    }

    /// Changes whenever a file of the version changes.
    public func fingerprint() -> UInt64? { LocalFileSystem().fingerprint(of: directory) }

    /// The bytes of the version's files, most of which are weights.
    public func estimatedByteCount() -> Int? { LocalFileSystem().byteCount(of: directory) }
}
