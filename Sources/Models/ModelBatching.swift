import Batching
import Servables
import ServingCore
import Synchronization

/// Which models are batched, and how. What is written for single models may change while their versions are served.
public final class ModelBatching: Sendable {
    /// What holds for models that nothing is written for.
    public enum Standard: Sendable {
        /// Each request is run by itself.
        case off
        case all(BatchingParameters)
        /// What a file in the folder of each version says. The closure throws if it is wrong; it returns nil if there is none:
        /// then requests to this version are run by themselves.
        case versionFolders(file: String, @Sendable (_ directory: String) throws(Status) -> BatchingParameters?)
    }

    let scheduler: BatchScheduler
    let policy: BatchScheduler.Policy
    private let standard: Standard
    private let ofModels = Mutex<[String: BatchingParameters]>([:])
    /// Grows with each change of what is written for models.
    private let generation = Atomic<UInt64>(1)

    /// - Parameter policy: the scheduler's.
    public init(scheduler: BatchScheduler, policy: BatchScheduler.Policy, standard: Standard) {
        self.scheduler = scheduler
        self.policy = policy
        self.standard = standard
    }

    /// Replaces what is written for single models, by their names; for these it wins over everything else. Requests that
    /// come later go by it.
    public func update(_ parameters: [String: BatchingParameters]) {
        let hasChanged = ofModels.withLock { current in
            defer { current = parameters }
            return current != parameters
        }
        if hasChanged { generation.add(1, ordering: .acquiringAndReleasing) }
    }

    /// What waits in the queues, by model; models of which nothing waits are left out.
    public var waiting: [BatchScheduler.Waiting] { scheduler.waiting }

    /// From now on no batch waits for others; for a server that is about to end.
    public func hurry() { scheduler.hurry() }

    /// The name of the file in a version's folder that decides; nil: none does.
    var versionFile: String? {
        if case .versionFolders(let file, _) = standard { file } else { nil }
    }

    /// What holds for the version in `directory`, which is being loaded. Throws what is wrong with its own parameters.
    func version(_ id: ServableID, directory: String) throws(Status) -> VersionBatching {
        let own: BatchingParameters? =
            switch standard {
            case .off: nil
            case .all(let parameters): parameters
            case .versionFolders(_, let read): try read(directory)
            }
        return VersionBatching(id: id, standard: own, batching: self)
    }

    /// The number of the last change; what was read after it is at least as new.
    var currentGeneration: UInt64 { generation.load(ordering: .acquiring) }

    /// What is written for the model `name`.
    func parameters(of name: String) -> BatchingParameters? { ofModels.withLock { $0[name] } }
}

/// How requests to one loaded version are batched.
struct VersionBatching: Sendable {
    let id: ServableID
    /// What holds as long as nothing is written for the model; nil: no batching.
    let standard: BatchingParameters?
    let batching: ModelBatching

    /// Nil: each request is run by itself.
    var parameters: BatchingParameters? { batching.parameters(of: id.name) ?? standard }
}
