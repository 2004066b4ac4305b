import Configuration
import Execution
import GRPC
import HTTP
import Metrics
import Models
import REST
import Servables
import ServingCore
import Services
import Threading
import Transports

/// A running server: models that come and go, and the gRPC and REST fronts before them.
///
/// Life: `init` starts loading, `listen` opens the ports, where calls wait for models in their first load; `announceEnd`
/// tells health checks that it will end, `drain` ends it.
public final class Server: Sendable {
    /// What a server is made from.
    public struct Settings: Sendable {
        /// The models to serve at first.
        public var configuration = ModelServerConfiguration()
        /// Longest time that the answer to a reload may take.
        public var reloadTimeoutSeconds: Int32 = 300
        /// Whether a label may be given to a version that is not available yet.
        public var allowsUnavailableLabels = false
        /// What versions go through before they are served.
        public var warmUp = WarmUp.Options()
        /// What is kept of requests.
        public var traffic = TrafficRecorder.Settings()
        public var manager = ManagerOptions()
        public var fileSystemPollSeconds: Int64 = 1
        /// The MetaGraph to serve of each SavedModel.
        public var tags = ["serve"]
        /// Whether a version's `model.tflite` is served instead of its SavedModel.
        public var prefersTFLite = false
        /// Threads that compute predictions.
        public var computeThreads = ProcessorCount.available
        /// Threads that serve connections.
        public var ioThreads = ProcessorCount.available
        /// Bytes that the intermediate values of one prediction may take.
        public var runMemoryLimit = PhysicalMemory.byteCount
        /// Whether weights are read into memory of the process even where they could be mapped.
        public var copiesWeights = false
        /// What the weights of each model are kept in.
        public var precisions = WeightPrecisions()
        public var answersWithTensorContent = false
        /// Whether answers tell what they took when the client says nothing about it.
        public var reportsTimings = false
        public var checksMethodNames = false
        public var batching = BatchingSettings()
        /// Whether `tensorflow.serving.SessionService` is offered.
        public var offersSessionRun = false
        public var grpc = GRPCServer.Options()
        /// Nil: there is no REST API.
        public var rest: HTTPServer.Options?
        public var restAPI = RESTService.Options()
        /// What calls that change the server must bring along; nil: nothing.
        public var adminToken: [UInt8]?
        /// Whether such calls are answered at an address of their own alone.
        public var hasAdminAddress = false
        /// Where the metrics are, on the REST port.
        public var monitoring = MonitoringConfiguration()
        /// What is told while the server runs; nil: only the log, on standard error.
        public var telemetry: Telemetry?
        /// Whether `grpc.health.v1.Health` is offered.
        public var offersHealth = true
        /// Whether `tensorflow.ProfilerService` is offered.
        public var offersProfiler = true
        /// Sentences about settings that have no effect.
        public var remarks: [String] = []

        public init() {}
    }

    private let catalog: ModelCatalog
    private let reloader: ConfigurationReloader
    private let loops: EventLoopGroup
    private let grpc: GRPCServer
    let rest: HTTPServer?
    let admin: AdminServer?
    private let health: ServerHealth
    private let healthService: HealthService
    private let traffic: TrafficRecorder
    private let profiler: ProfilerService?
    private let metrics: ServerMetrics

    /// Starts the threads and begins to load. Throws if the system refuses threads' resources.
    public init(_ settings: Settings) throws(Status) {
        let compute = ThreadPool(name: "compute", threadCount: settings.computeThreads)
        traffic = TrafficRecorder(settings.traffic)
        let metrics = ServerMetrics(settings.monitoring)
        self.metrics = metrics
        let batching = settings.batching.makeBatching(on: compute, observer: metrics.batches)
        let recorder = RunRecorder()
        profiler = settings.offersProfiler ? ProfilerService(recorder: recorder, compute: compute) : nil
        var environment = settings.environment(compute, traffic, recorder, metrics)
        environment.batching = batching
        let manager = ServableManager(options: settings.manager) {
            [environment, precisions = settings.precisions] id, path in
            var environment = environment
            environment.compilerOptions.precision = precisions[id.name]
            return ModelLoader(id: id, directory: path, environment: environment)
        }
        metrics.observe(manager)
        metrics.register(manager)
        metrics.register(traffic)
        settings.telemetry?.register(in: metrics.registry)
        catalog = ModelCatalog(
            manager: manager, traffic: traffic, batching: batching, metrics: metrics.calls,
            pollSeconds: settings.fileSystemPollSeconds, allowsUnavailableLabels: settings.allowsUnavailableLabels)
        catalog.apply(settings.configuration)
        catalog.start()
        reloader = ConfigurationReloader(current: settings.configuration, target: catalog)
        loops = try EventLoopGroup(count: settings.ioThreads)
        var context = ServiceContext(
            manager: manager, compute: compute, answersWithTensorContent: settings.answersWithTensorContent,
            checksMethodNames: settings.checksMethodNames,
            reloader: ModelListReloader(
                reloader: reloader, timeoutSeconds: settings.reloadTimeoutSeconds, manager: manager), traffic: traffic,
            offersSessionRun: settings.offersSessionRun)
        context.reportsTimings = settings.reportsTimings
        context.queuedBytes = QueuedBytes(limit: PhysicalMemory.byteCount / 4)
        context.metrics = metrics.calls
        context.tracing = settings.telemetry?.tracing
        metrics.register(batching, compute, context.queuedBytes)
        let access = AdminAccess(token: settings.adminToken, isElsewhere: settings.hasAdminAddress)
        var router = MethodRouter(serving: context, access)
        if let profiler { router.register(profiler, access) }
        let health = ServerHealth(services: router.serviceNames + [HealthService.name], manager: manager)
        let healthService = HealthService { health.status(of: $0) }
        if settings.offersHealth { healthService.register(in: &router) }
        ReflectionService.register(in: &router)
        manager.observe { healthService.statesChanged() }
        self.health = health
        self.healthService = healthService
        var options = settings.grpc.fitting(memory: PhysicalMemory.byteCount)
        options.offload = { compute.submit($0) }
        grpc = try GRPCServer(router: router, group: loops, options: options)
        var restOptions = (settings.rest ?? HTTPServer.Options()).fitting(memory: PhysicalMemory.byteCount)
        restOptions.offload = { compute.submit($0) }
        let paths = HTTPRouter(serving: context, settings.restAPI, metrics, health)
        rest = settings.rest == nil ? nil : try HTTPServer(router: paths, group: loops, options: restOptions)
        if settings.hasAdminAddress {
            let access = AdminAccess(token: settings.adminToken, isElsewhere: false)
            var router = MethodRouter(serving: context, access)
            if let profiler { router.register(profiler, access) }
            if settings.offersHealth { healthService.register(in: &router) }
            ReflectionService.register(in: &router)
            admin = try AdminServer(router, paths, group: loops, grpc: options, http: restOptions)
        } else {
            admin = nil
        }
        let grpcFront = (transport: EntryPoint.grpc.transport, front: Front(grpc))
        let restFront = rest.map { (transport: EntryPoint.rest.transport, front: Front($0)) }
        metrics.register([grpcFront] + [restFront].compactMap { $0 })
        metrics.register(health)
    }

    /// Waits until every model that has versions is served or has failed. Models without any, and those whose files are
    /// still arriving, are not waited for: they must not keep the others from being served.
    public func waitForModels() { catalog.waitForModels() }

    /// Replaces the list of models.
    /// - Parameter complete: called once with the outcome, when the models that are new or changed have settled or the
    ///   time for that is up.
    public func reload(_ configuration: ModelServerConfiguration, complete: @escaping @Sendable (Status) -> Void) {
        reloader.submit(configuration, deadline: .never, complete: complete)
    }

    /// Waits until of every model some version is served or has failed for good, for ever if one has none.
    /// - Returns: the error, in TensorFlow Serving's words, if models failed.
    public func waitForLoadFailure() -> Status? {
        catalog.waitForLoadFailure()
    }

    /// Opens a port or a socket. Returns the TCP port in use. Throws what the system said.
    @discardableResult
    public func listen(on address: ListenAddress) throws(Status) -> UInt16? { try grpc.listen(on: address) }

    /// Turns every health status to NOT_SERVING, so that others send their calls elsewhere, and starts no further loads.
    /// Calls are still taken.
    public func announceEnd() {
        reloader.stop()
        profiler?.stop()
        catalog.requestStop()
        health.end()
        healthService.statesChanged()
    }

    /// Stops accepting calls and waits for those in flight, but not longer than `seconds`.
    /// - Returns: true if nothing had to be cut off.
    public func drain(withinSeconds seconds: UInt64) -> Bool {
        announceEnd()
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let limit = overflow ? .max : nanoseconds
        let areOthersComplete = ConditionLock(true)
        // All get the same time.
        let others: [@Sendable () -> Bool] = [
            { [rest] in rest?.drain(withinNanoseconds: limit) ?? true },
            { [admin] in admin?.drain(withinNanoseconds: limit) ?? true },
        ]
        let draining = others.map { drain in
            Thread(name: "drain") {
                if !drain() { areOthersComplete.withLock { $0 = false } }
            }
        }
        let isComplete = grpc.drain(withinNanoseconds: limit)
        for thread in draining { thread.join() }
        traffic.stop()
        metrics.stop()
        return isComplete && areOthersComplete.withLock { $0 }
    }

    /// All metrics in Prometheus' text format.
    public var metricsText: String { metrics.registry.text }

    /// Calls that have not been answered yet.
    public var callsInProgress: Int { grpc.callsInProgress + (rest?.requestsInProgress ?? 0) }
}
