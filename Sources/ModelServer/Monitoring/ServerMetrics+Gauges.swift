import GRPC
import HTTP
import Metrics
import Models
import Servables
import Services
import Threading

/// What is read where it is kept whenever the text is made.
extension ServerMetrics {
    /// The models and their versions.
    func register(_ manager: ServableManager) {
        registry.addCounter("model_server_failed_loads_total", help: "Attempts to load a version that failed.") {
            [weak manager] in manager?.failedLoads.value ?? 0
        }
        registry.addCounter(
            "model_server_storage_troubles_total", help: "How often the base path of a model has ceased to be readable."
        ) { [weak manager] in manager?.storageTroubles.value ?? 0 }
        add(
            "model_server_model_available", ["model"],
            "1 if a version of the configured model can be asked, otherwise 0."
        ) {
            [weak manager] in
            guard let overview = manager?.overview else { return [] }
            return overview.configured.map { (values: [$0], value: overview.isServed($0) ? 1 : 0) }
        }
        add(
            "model_server_model_versions", ["model", "state"],
            "Versions of the configured models that have been seen, by state."
        ) { [weak manager] in
            guard let overview = manager?.overview else { return [] }
            return overview.configured.flatMap { name in
                ServableState.allCases.map { state in
                    let count = overview.versions[name]?.count { $0.state == state } ?? 0
                    return (values: [name, state.name], value: Double(count))
                }
            }
        }
        add(
            "model_server_model_memory_bytes", ["model", "version"],
            "Bytes of the weights and other constants of a version."
        ) {
            [weak manager] in manager?.overview.loaded.map { ($0.labels, Double($0.byteCount)) } ?? []
        }
        add("model_server_model_requests_in_flight", ["model", "version"], "Requests that use a version.") {
            [weak manager] in manager?.overview.loaded.map { ($0.labels, Double($0.requestsInFlight)) } ?? []
        }
        registry.addGauge(
            "model_server_requests_waiting_for_load", help: "Requests that wait for the first load of their model."
        ) { [weak manager] in manager.map { Double($0.waitingRequests) } }
    }

    /// The request log.
    func register(_ traffic: TrafficRecorder) {
        registry.addCounter(
            "model_server_request_log_records_dropped_total",
            help: "Requests that should have been written to a request log and were not."
        ) { [weak traffic] in traffic?.droppedRecords ?? 0 }
    }

    /// What waits to be computed.
    func register(_ batching: ModelBatching, _ compute: ThreadPool, _ queued: QueuedBytes) {
        add(
            "model_server_queue_length", ["model"],
            "Requests in the batch queues, by model; models without any are left out."
        ) {
            [weak batching] in batching?.waiting.map { (values: [$0.model], value: Double($0.requests)) } ?? []
        }
        add(
            "model_server_queue_rows", ["model"],
            "Rows of the requests in the batch queues; models without any are left out."
        ) {
            [weak batching] in batching?.waiting.map { (values: [$0.model], value: Double($0.rows)) } ?? []
        }
        registry.addGauge(
            "model_server_queue_bytes", help: "Memory of unpacked requests in the batch queues, in bytes."
        ) {
            Double(queued.bytesInUse)
        }
        registry.addGauge("model_server_compute_jobs_waiting", help: "Pieces of work that wait for a compute thread.") {
            [weak compute] in compute.map { Double($0.pendingJobs) }
        }
        registry.addGauge("model_server_compute_threads", help: "Threads that compute predictions.") { [weak compute] in
            compute.map { Double($0.threadCount) }
        }
    }

    /// What calls come in by, each under the name of its transport.
    func register(_ fronts: [(transport: String, front: Front)]) {
        func add(_ name: String, _ help: String, _ value: @escaping @Sendable (Front) -> Int) {
            self.add(name, ["transport"], help) {
                fronts.map { (values: [$0.transport], value: Double(value($0.front))) }
            }
        }
        add("model_server_connections", "Open connections.") { $0.connections() }
        add("model_server_requests_in_flight", "Requests that have arrived and are not answered.") { $0.requests() }
        add("model_server_request_buffer_bytes", "Memory of requests that have arrived, in bytes.") { $0.bytes() }
    }

    /// The server as a whole.
    func register(_ health: ServerHealth) {
        registry.addGauge(
            "model_server_ready",
            help: "1 from when every model has been tried once until the server is told to end, otherwise 0."
        ) { health.isServing ? 1 : 0 }
    }

    func registerMemory() {
        registry.addGauge(
            "model_server_memory_limit_bytes",
            help: "Memory that the process may use: the machine's, or the limit of its container if that is less."
        ) { Double(PhysicalMemory.byteCount) }
        registry.addGauge(
            "model_server_memory_available_bytes",
            help: "What is left of it, or of the machine's memory if that is less."
        ) { PhysicalMemory.headroom.map { Double($0.available) } }
    }

    private func add(
        _ name: String, _ labels: [String], _ help: String, _ samples: @escaping @Sendable () -> [MetricRegistry.Sample]
    ) {
        registry.add(.gauge, name, labels: labels, help: help, samples: samples)
    }
}

extension ServableOverview.Loaded {
    /// The values of the labels `model` and `version`.
    fileprivate var labels: [String] { [id.name, String(id.version)] }
}

/// What is shown of a server that calls come in by.
struct Front: Sendable {
    let connections: @Sendable () -> Int
    let requests: @Sendable () -> Int
    /// Memory of requests.
    let bytes: @Sendable () -> Int

    init(_ grpc: GRPCServer) {
        connections = { [weak grpc] in grpc?.connectionCount ?? 0 }
        requests = { [weak grpc] in grpc?.callsInProgress ?? 0 }
        bytes = { [weak grpc] in grpc?.bufferedRequestBytes ?? 0 }
    }

    init(_ rest: HTTPServer) {
        connections = { [weak rest] in rest?.connectionCount ?? 0 }
        requests = { [weak rest] in rest?.requestsInProgress ?? 0 }
        bytes = { [weak rest] in rest?.bufferedBodyBytes ?? 0 }
    }
}
