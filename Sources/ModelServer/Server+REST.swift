import GRPC
import HTTP
import Services
import ServingCore
import Transports

extension HTTPRouter {
    /// Everything that the REST port answers.
    init(serving context: ServiceContext, _ metrics: ServerMetrics, _ health: ServerHealth) {
        self.init()
        metrics.endpoint?.register(in: &self)
        HealthProbes(health) { [manager = context.manager] in manager.overview }.register(in: &self)
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
    /// Opens the address at which alone the server is administrated. Returns the TCP port in use; nil if it is administrated
    /// at the ports of all calls. Throws what the system said.
    @discardableResult
    public func listenAdmin(on address: ListenAddress) throws(Status) -> UInt16? { try admin?.listen(on: address) }

    /// Opens a port for REST calls over HTTP/1.1 and HTTP/2. Returns the TCP port in use; nil without REST. Throws what the
    /// system said.
    @discardableResult
    public func listenREST(on address: ListenAddress) throws(Status) -> UInt16? { try rest?.listen(on: address) }
}
