import Configuration
import Servables
import ServingCore
import Testing

@testable import ModelServer

private struct NoLoader: Loader {
    func load() throws(Status) -> any Servable { throw .internalError("nothing to load") }

    func failureKind(of failure: Status) -> LoadFailureKind { .permanent }

    func fingerprint() -> UInt64? { nil }
}

private struct NoTarget: ReloadTarget {
    func apply(_ configuration: ModelServerConfiguration) {}

    func progress(of model: String) -> ModelProgress { .available }

    func labelProblems(of model: String) -> [Status] { [] }
}

@Test func metricsOfLoadsAndStorageAreCounted() {
    let manager = ServableManager { _, _ in NoLoader() }
    defer { manager.stop() }
    let list = ModelListReloader(
        reloader: ConfigurationReloader(current: ModelServerConfiguration(), target: NoTarget()), timeoutSeconds: 1,
        manager: manager)
    #expect(list.metric("/no/such/metric") == nil)
    #expect(list.metric("/tensorflow/cc/saved_model/load_attempt_count") == 0)
    manager.setAspired("m", [AspiredVersion(version: 1, path: "/m/1")])
    _ = manager.waitUntilSettled(["m"])
    #expect(list.metric("model_server_failed_loads_total") == 1)
    manager.setStorageTrouble("m", .unavailable("gone"))
    manager.setStorageTrouble("m", .unavailable("still gone"))
    #expect(list.metric("model_server_storage_troubles_total") == 1)
    manager.setStorageTrouble("m", nil)
    manager.setStorageTrouble("m", .unavailable("gone again"))
    #expect(list.metric("model_server_storage_troubles_total") == 2)
}
