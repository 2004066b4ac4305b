import GRPC
import HTTP
import Kernels
import MicrokernelTypes
import Models
import REST
import Servables
import Services
import ServingCore
import StatusPage
import Threading
import Transports

extension HTTPRouter {
    /// Everything that the REST port answers.
    init(
        serving context: ServiceContext, _ options: RESTService.Options, _ metrics: ServerMetrics,
        _ health: ServerHealth
    ) {
        self.init()
        RESTService(context, options).register(in: &self)
        metrics.endpoint?.register(in: &self)
        HealthProbes(health) { [manager = context.manager] in manager.overview }.register(in: &self)
        StatusPage(serving: context, metrics).register(in: &self)
    }
}

extension StatusPage {
    init(serving context: ServiceContext, _ metrics: ServerMetrics) {
        var facts = Facts()
        facts.version = ServerVersion.number
        facts.processor = ProcessorLevel.current.name
        facts.computeThreads = context.compute.threadCount
        facts.startMilliseconds = ServerVersion.startMilliseconds
        let readers = ThreadLocal { [manager = context.manager] in manager.makeReader() }
        self.init(facts, context.manager, metrics.registry, errors: metrics.calls.recentErrors) { name in
            guard let handle = try? readers.value.handle(for: name, .latest), let model = handle.servable as? Model,
                let classifier = try? model.pictures.get()
            else { return nil }
            let size = classifier.size
            return CanvasForm(width: size.width, height: size.height, isGrey: classifier.channels == 1)
        }
    }
}

extension HTTPServer.Options {
    /// The same limits, but never more than a quarter of `memory` bytes for the bodies of requests and a quarter of it for
    /// answers that clients have not taken yet.
    func fitting(memory: Int) -> HTTPServer.Options {
        var options = self
        let quarter = max(memory / 4, 4)
        options.maxBufferedBodyBytes = min(maxBufferedBodyBytes, quarter)
        options.maxBufferedAnswerBytes = min(maxBufferedAnswerBytes, quarter)
        return options
    }
}

extension Server {
    /// Opens a port for REST calls over HTTP/1.1 and HTTP/2. Returns the TCP port in use; nil without REST. Throws what the
    /// system said.
    @discardableResult
    public func listenREST(on address: ListenAddress) throws(Status) -> UInt16? { try rest?.listen(on: address) }
}
