import Configuration
import Models
import Servables
import ServingCore
import Services
import Threading

/// The models of a server: takes lists of models and makes source and manager follow them.
final class ModelCatalog: Sendable {
    private struct State {
        var models: [String: ModelConfiguration] = [:]
        /// The source's number of the list that was applied last.
        var update: UInt64 = 0
    }

    let manager: ServableManager
    private let traffic: TrafficRecorder
    private let batching: ModelBatching
    private let metrics: ServingMetrics
    private let source: FileSystemSource
    private let state = ConditionLock(State())
    /// False if base paths are looked at only when a list is applied to a running server.
    private let looksAtFiles: Bool
    private let allowsUnavailableLabels: Bool
    private let clock = SystemClock()
    /// How long the start waits for storage that does not answer, nanoseconds.
    private static let patience: UInt64 = 10_000_000_000

    /// Starts the threads; nothing is wanted before `apply`.
    init(
        manager: ServableManager, traffic: TrafficRecorder, batching: ModelBatching, metrics: ServingMetrics,
        pollSeconds: Int64, allowsUnavailableLabels: Bool
    ) {
        self.manager = manager
        self.traffic = traffic
        self.batching = batching
        self.metrics = metrics
        looksAtFiles = pollSeconds >= 0
        self.allowsUnavailableLabels = allowsUnavailableLabels
        source = FileSystemSource(pollWaitSeconds: pollSeconds) { model, versions in
            manager.setAspired(model, versions)
        } trouble: { model, status in
            manager.setStorageTrouble(model, status)
        } looked: { model, found in
            if (try? found.get())?.isEmpty ?? true { manager.sawNothing(of: model) }
        }
    }

    /// Begins to look for the versions of the models that have been applied.
    func start() { source.start() }

    /// Waits until every model that has versions is served or has failed. Models without any, those whose files are still
    /// arriving and those whose storage does not answer are not waited for: they must not keep the others from being
    /// served.
    func waitForModels() {
        guard looksAtFiles else { return }
        let (names, update) = state.withLock { (Array($0.models.keys), $0.update) }
        let end = Instant(nanoseconds: clock.nanoseconds()).advanced(byNanoseconds: ModelCatalog.patience)
        _ = source.waitForLooks(at: names, after: update, untilNanoseconds: end.nanoseconds)
        manager.waitForFirstLoads()
    }

    /// Waits until of every model some version is served or has failed for good, for ever if one has none.
    /// - Returns: the error, in TensorFlow Serving's words, if models failed.
    func waitForLoadFailure() -> Status? {
        ServableManager.startFailure(manager.waitUntilSettled(state.withLock { Array($0.models.keys) }))
    }

    /// Ends the looking for versions, without waiting for a file system that hangs, and the waiting of batches for others.
    func requestStop() {
        source.requestStop()
        batching.hurry()
    }
}

extension ModelCatalog: ReloadTarget {
    func apply(_ configuration: ModelServerConfiguration) {
        let models = Dictionary(configuration.models.map { ($0.name, $0) }) { first, _ in first }
        if looksAtFiles { manager.configure(Set(models.keys)) }
        manager.setOrder(configuration.models.map(\.name))
        manager.setLabels(models.mapValues(\.labels), allowingUnavailable: allowsUnavailableLabels)
        metrics.setModels(Set(models.keys))
        traffic.update(models.mapValues(\.logging))
        batching.update(models.compactMapValues(\.batching))
        let update = source.update(configuration.models.map(\.monitored))
        state.withLock { $0 = State(models: models, update: update) }
    }

    func progress(of model: String) -> ModelProgress {
        let (basePath, update) = state.withLock { ($0.models[model]?.basePath ?? "", $0.update) }
        let look = source.waitForLooks(at: [model], after: update, untilNanoseconds: 0)[model]?.mapError { error in
            Status(error.code, "Could not find base path \(basePath) for servable \(model) with error \(error)")
        }
        return ModelProgress(look: look, versions: manager.wantedVersions(of: model)) {
            .notFound("No versions of servable \(model) found under base path \(basePath)")
        }
    }

    func labelProblems(of model: String) -> [Status] {
        manager.labelProblems(of: model).sorted { $0.key < $1.key }.map(\.value)
    }
}
