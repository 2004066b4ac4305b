import Metrics
import Servables
import Services

/// The metrics of a server.
struct ServerMetrics: Sendable {
    let registry: MetricRegistry
    let calls: ServingMetrics

    /// - Parameters:
    ///   - registry: where they are shown.
    ///   - batches: what counts batches there.
    init(_ registry: MetricRegistry, batches: BatchMetrics, _ manager: ServableManager, _ traffic: TrafficRecorder) {
        self.registry = registry
        calls = ServingMetrics(registry, batches: batches) { [weak manager] model, version in
            guard let state = manager?.state(of: ServableID(name: model, version: version)) else { return true }
            return state.state == .end
        }
        registry.addCounter("/model_server/failed_load_count") { [weak manager] in manager?.failedLoads.value ?? 0 }
        registry.addCounter("/model_server/storage_trouble_count") { [weak manager] in
            manager?.storageTroubles.value ?? 0
        }
        registry.addCounter("/model_server/dropped_log_record_count") { [weak traffic] in traffic?.droppedRecords ?? 0 }
    }
}
