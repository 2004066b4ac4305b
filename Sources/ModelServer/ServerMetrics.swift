import Configuration
import Metrics
import Servables
import Services
import Synchronization

/// The metrics of a server.
final class ServerMetrics: Sendable {
    let registry = MetricRegistry()
    let batches: BatchMetrics
    let loads: LoadMetrics
    let runs: RunMetrics
    let calls: ServingMetrics
    /// Nil: they are turned off.
    let endpoint: MetricsEndpoint?
    private let versions: Versions

    /// Knows which versions are gone, as soon as there is a manager.
    private final class Versions: Sendable {
        private struct Reference {
            weak var manager: ServableManager?
        }

        private let reference = Mutex(Reference())

        func setManager(_ manager: ServableManager) { reference.withLock { $0.manager = manager } }

        func isGone(_ model: String, _ version: Int64) -> Bool {
            guard let manager = reference.withLock({ $0.manager }) else { return false }
            guard let state = manager.state(of: ServableID(name: model, version: version)) else { return true }
            return state.state == .end
        }
    }

    init(_ configuration: MonitoringConfiguration) {
        batches = BatchMetrics(registry)
        loads = LoadMetrics(registry)
        runs = RunMetrics(registry)
        let versions = Versions()
        self.versions = versions
        calls = ServingMetrics(registry, batches: batches, loads: loads) { versions.isGone($0, $1) }
        let registry = registry
        endpoint =
            configuration.isEnabled ? MetricsEndpoint(path: configuration.path) { registry.bytes } : nil
        registry.add(.gauge, "model_server_build_info", labels: ["version"], help: "1, with the server's version.") {
            [(values: [ServerVersion.number], value: 1)]
        }
        registerMemory()
        ProcessFigures.register(in: registry)
    }

    /// Ends the thread that makes the text.
    func stop() { endpoint?.stop() }

    /// From now on the loads of `manager` are counted.
    func observe(_ manager: ServableManager) {
        versions.setManager(manager)
        manager.observeLoads { [loads] in loads.loadEnded($0) }
    }
}
