import Configuration
import Models
import Servables
import ServingCore
import Threading

/// The models of a server: takes lists of models and makes source and manager follow them.
final class ModelCatalog: Sendable {
    private struct State {
        var models: [String: ModelConfiguration] = [:]
        /// What was seen under the base paths since the last list was applied.
        var looks: [String: Result<[Int64], Status>] = [:]
    }

    let manager: ServableManager
    private let source: FileSystemSource
    private let state: ConditionLock<State>
    /// False if base paths are never looked at.
    private let looksAtFiles: Bool
    private let allowsUnavailableLabels: Bool

    /// Starts the threads; nothing is wanted before `apply`.
    init(manager: ServableManager, pollSeconds: Int64, allowsUnavailableLabels: Bool) {
        let state = ConditionLock(State())
        self.state = state
        self.manager = manager
        looksAtFiles = pollSeconds >= 0
        self.allowsUnavailableLabels = allowsUnavailableLabels
        source = FileSystemSource(pollWaitSeconds: pollSeconds) { model, versions in
            state.withLock { $0.looks[model] = .success(versions.map(\.version)) }
            manager.setAspired(model, versions)
        } afterPoll: {
            let unseen = state.withLockNotifyingAll { state in
                let unseen = state.models.filter { state.looks[$0.key] == nil }
                for (name, model) in unseen {
                    let text = "Could not find base path \(model.basePath) for servable \(name)"
                    state.looks[name] = .failure(.notFound(text))
                }
                return unseen.keys
            }
            for name in unseen { manager.sawNothing(of: name) }
            manager.inspectFailedVersions()
        }
        source.start()
    }

    /// Waits until every model that has versions is served or has failed. Models without any, and those whose files are
    /// still arriving, are not waited for: they must not keep the others from being served.
    func waitForModels() {
        guard looksAtFiles else { return }
        state.wait { state in state.models.keys.allSatisfy { state.looks[$0] != nil } ? () : nil }
        manager.waitForFirstLoads()
    }

    /// Ends the looking for versions, without waiting for a file system that hangs.
    func requestStop() { source.requestStop() }
}

extension ModelCatalog: ReloadTarget {
    func apply(_ configuration: ModelServerConfiguration) {
        let models = Dictionary(configuration.models.map { ($0.name, $0) }) { first, _ in first }
        state.withLock { state in
            state.models = models
            state.looks = [:]
        }
        if looksAtFiles { manager.configure(Set(models.keys)) }
        manager.setLabels(models.mapValues(\.labels), allowingUnavailable: allowsUnavailableLabels)
        source.update(configuration.models.map(\.monitored))
    }

    func progress(of model: String) -> ModelProgress {
        let (basePath, look) = state.withLock { ($0.models[model]?.basePath ?? "", $0.looks[model]) }
        return ModelProgress(look: look, versions: manager.wantedVersions(of: model)) {
            .notFound("No versions of servable \(model) found under base path \(basePath)")
        }
    }

    func labelProblems(of model: String) -> [Status] {
        manager.labelProblems(of: model).sorted { $0.key < $1.key }.map(\.value)
    }
}
