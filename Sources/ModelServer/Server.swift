import GRPC
import Models
import Servables
import ServingCore
import Services
import Threading
import Transports

/// A running server: models that come and go, and the gRPC front in front of them.
///
/// Life: `init` starts loading, `listen` opens the ports, where calls wait for models in their first load; `drain` ends it.
public final class Server: Sendable {
    /// What a server is made from.
    public struct Settings: Sendable {
        /// The models to watch and serve.
        public var models: [MonitoredServable] = []
        public var manager = ManagerOptions()
        public var fileSystemPollSeconds: Int64 = 1
        /// The MetaGraph to serve of each SavedModel.
        public var tags = ["serve"]
        /// Threads that compute predictions.
        public var computeThreads = ProcessorCount.available
        /// Threads that serve connections.
        public var ioThreads = ProcessorCount.available
        /// Bytes that the intermediate values of one prediction may take.
        public var runMemoryLimit = PhysicalMemory.byteCount
        public var answersWithTensorContent = false
        public var checksMethodNames = false
        public var grpc = GRPCServer.Options()

        public init() {}
    }

    private let settings: Settings
    private let manager: ServableManager
    private let source: FileSystemSource
    private let loops: EventLoopGroup
    private let grpc: GRPCServer

    /// Starts the threads and begins to load. Throws if the system refuses threads' resources.
    public init(_ settings: Settings) throws(Status) {
        self.settings = settings
        let compute = ThreadPool(name: "compute", threadCount: settings.computeThreads)
        let environment = Model.Environment(
            tags: settings.tags, threads: compute, memoryLimit: settings.runMemoryLimit)
        let manager = ServableManager(options: settings.manager) { id, path in
            ModelLoader(id: id, directory: path, environment: environment)
        }
        self.manager = manager
        source = FileSystemSource(pollWaitSeconds: settings.fileSystemPollSeconds) { model, versions in
            manager.setAspired(model, versions)
        } afterPoll: { [names = settings.models.map(\.name)] in
            for name in names { manager.sawNothing(of: name) }
            manager.inspectFailedVersions()
        }
        loops = try EventLoopGroup(count: settings.ioThreads)
        let context = ServiceContext(
            manager: manager, compute: compute, answersWithTensorContent: settings.answersWithTensorContent,
            checksMethodNames: settings.checksMethodNames)
        grpc = try GRPCServer(
            router: MethodRouter(serving: context), group: loops,
            options: settings.grpc.fitting(memory: PhysicalMemory.byteCount))
        if settings.fileSystemPollSeconds >= 0 { manager.configure(Set(settings.models.map(\.name))) }
        source.update(settings.models)
        source.start()
    }

    /// Waits until every model that has versions is served or has failed. Models without any, and those whose files are
    /// still arriving, are not waited for: they must not keep the others from being served.
    public func waitForModels() {
        while source.completedPolls == 0, !settings.models.isEmpty { usleepMilliseconds(2) }
        manager.waitForFirstLoads()
    }

    /// Waits until of every model some version is served or has failed for good, for ever if one has none.
    /// - Returns: the error, in TensorFlow Serving's words, if models failed.
    public func waitForLoadFailure() -> Status? {
        ServableManager.startFailure(manager.waitUntilSettled(settings.models.map(\.name)))
    }

    /// Opens a port or a socket. Returns the TCP port in use. Throws what the system said.
    @discardableResult
    public func listen(on address: ListenAddress) throws(Status) -> UInt16? { try grpc.listen(on: address) }

    /// Stops accepting calls and waits for those in flight, but not longer than `seconds`.
    /// - Returns: true if nothing had to be cut off.
    public func drain(withinSeconds seconds: UInt64) -> Bool {
        source.requestStop()
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return grpc.drain(withinNanoseconds: overflow ? .max : nanoseconds)
    }

    /// Calls that have not been answered yet.
    public var callsInProgress: Int { grpc.callsInProgress }
}
