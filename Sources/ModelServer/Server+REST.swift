import GRPC
import HTTP
import REST
import Services
import ServingCore
import Transports

extension HTTPRouter {
    /// Everything that the REST port answers.
    /// - Parameter imageModel: the model that `/predict` asks; nil: the only one.
    init(serving context: ServiceContext, _ metrics: ServerMetrics, _ health: ServerHealth, imageModel: String?) {
        self.init()
        metrics.endpoint?.register(in: &self)
        HealthProbes(health) { [manager = context.manager] in manager.overview }.register(in: &self)
        let pictures = PictureEndpoint(serving: context, imageModel: imageModel)
        add(path: PictureEndpoint.shortPath) { pictures.predictShort($0) }
    }
}

extension PictureEndpoint {
    /// - Parameter imageModel: the model that `/predict` asks; nil: the only one.
    convenience init(serving context: ServiceContext, imageModel: String?) {
        self.init(context, memoryLimit: PhysicalMemory.byteCount / 4) { [manager = context.manager] () throws(Status) in
            if let imageModel { return imageModel }
            let names = manager.knownNames.filter { manager.isConfigured($0) }
            guard names.count == 1 else {
                let served = names.isEmpty ? "none" : names.joined(separator: ", ")
                throw .failedPrecondition(
                    "\(PictureEndpoint.shortPath) is for one model; the server has \(served), and --image_model says which "
                        + "one is meant")
            }
            return names[0]
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
    /// Opens the address at which alone the server is administrated. Returns the TCP port in use; nil if it is administrated
    /// at the ports of all calls. Throws what the system said.
    @discardableResult
    public func listenAdmin(on address: ListenAddress) throws(Status) -> UInt16? { try admin?.listen(on: address) }

    /// Opens a port for REST calls over HTTP/1.1 and HTTP/2. Returns the TCP port in use; nil without REST. Throws what the
    /// system said.
    @discardableResult
    public func listenREST(on address: ListenAddress) throws(Status) -> UInt16? { try rest?.listen(on: address) }
}
