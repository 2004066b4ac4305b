import Compiler
import Execution
import Pictures
import SavedModels
import Servables
import ServingCore

/// Whether a version can be served, and all that is in the way.
public struct Servability: Sendable {
    /// A part of the model that runs: a signature, or a step of loading it.
    public struct Part: Sendable {
        public let name: String
        /// Why it can't be run; nil if it can, as far as it goes by itself.
        public let reason: Status?
        /// The nodes that can't be run.
        public let refusals: [NodeRefusal]
    }

    /// All signatures that requests may ask for, sorted by name.
    public private(set) var signatures: [Part] = []
    /// The restore and the initialisation op, which every signature needs, if something is wrong with them.
    public private(set) var steps: [Part] = []
    /// Why the version as a whole is not loaded; nil if it is, with the signatures that can be served.
    public private(set) var failure: Status?
    /// Bytes of what the loaded version holds; nil if it is not loaded.
    public private(set) var loadedByteCount: Int?
    /// Bytes that loading it takes at most, as the server estimates them before it begins; nil if files are missing.
    public private(set) var loadingByteCount: Int?

    /// How the version classifies pictures, or what is wrong with its settings for that; nil if it has none, or is not loaded.
    public private(set) var pictures: Result<PictureClassifier, Status>?

    /// Loads the version in `directory` as the server does, with the warm-up of `environment`.
    public init(of directory: String, environment: Model.Environment) {
        do throws(Status) {
            if case .complete(let byteCount) = try SavedModel.checkCompleteness(
                directory: directory, tags: environment.tags)
            {
                let graph = LocalFileSystem().size(of: directory + "/saved_model.pb")
                loadingByteCount = LoadAdmission.Files(byteCount: byteCount, graphByteCount: graph).neededBytes
            }
            let savedModel = try SavedModel.readComplete(directory: directory, environment)
            let refused = load(savedModel, environment)
            try look(at: savedModel, environment, refused)
        } catch {
            failure = failure ?? error
        }
    }

    /// Whether the server serves everything that there is.
    public var isComplete: Bool { failure == nil && signatures.allSatisfy { $0.reason == nil } }

    /// Loads the model; returns why signatures of it can't be served.
    private mutating func load(_ savedModel: SavedModel, _ environment: Model.Environment) -> [String: Status] {
        do throws(Status) {
            let model = try ModelBuilder(savedModel, environment).build()
            loadedByteCount = model.byteCount
            if PictureSettings.exist(in: savedModel.directory) { pictures = model.pictures }
            let id = ServableID(name: "checked", version: 1)
            try environment.warmUp?.run(model, id, directory: savedModel.directory) { true }
            return model.refusedSignatures
        } catch {
            failure = error
            return [:]
        }
    }

    private mutating func look(
        at savedModel: SavedModel, _ environment: Model.Environment, _ refused: [String: Status]
    ) throws(Status) {
        let compiler = GraphCompiler(
            library: savedModel.library, resources: ResourceStore(), options: environment.compilerOptions)
        let entryPoints = EntryPoints(savedModel, compiler)
        for name in savedModel.signatures.values.filter(EntryPoints.isCallable).map(\.name).sorted() {
            var refusals: [NodeRefusal] = []
            // What is served needs no second look.
            if failure != nil || refused[name] != nil, let entry = entryPoints.prepared[name] {
                refusals = compiler.refusals(in: entry)
            }
            let reason = refused[name] ?? entryPoints.refused[name] ?? refusals.first?.reason
            signatures.append(Part(name: name, reason: reason, refusals: refusals))
        }
        guard failure != nil else { return }
        let builder = ModelBuilder(savedModel, environment)
        look(at: try builder.restoreStep(compiler), "restoring the variables", compiler)
        look(at: try builder.initialisationStep(compiler), "initialising", compiler)
    }

    private mutating func look(at step: ModelBuilder.InitialisationStep?, _ name: String, _ compiler: GraphCompiler) {
        guard let step else { return }
        let refusals = compiler.refusals(in: step.prepared)
        guard let first = refusals.first else { return }
        steps.append(Part(name: name, reason: first.reason, refusals: refusals))
    }
}

extension LocalFileSystem {
    /// Bytes of the file at `path`; 0 if there is none.
    fileprivate func size(of path: String) -> Int { Int(clamping: (try? facts(of: path))?.size ?? 0) }
}
