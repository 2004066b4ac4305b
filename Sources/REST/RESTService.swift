import HTTP
import Servables
import Services
import ServingCore
import Threading

/// TensorFlow Serving's REST API, and what goes beyond it: everything below `/v1/`.
public final class RESTService: Sendable {
    public struct Options: Sendable {
        /// Whether answers carry the fields that let pages of other origins use them.
        public var allowsCORS = false
        /// Answers calls of `:predict_image`; nil: there are none.
        public var predictImage: (@Sendable (HTTPExchange, ModelRequest) -> Void)?

        public init() {}
    }

    let context: ServiceContext
    let options: Options
    let prediction: PredictionService
    let inference: InferenceService
    let metadata: MetadataService
    let models: ModelService
    let readers: ThreadLocal<ServingMapReader>

    public init(_ context: ServiceContext, _ options: Options = Options()) {
        self.context = context
        self.options = options
        prediction = PredictionService(context)
        inference = InferenceService(context)
        metadata = MetadataService(context)
        models = ModelService(context)
        readers = ThreadLocal { [manager = context.manager] in manager.makeReader() }
    }

    /// Makes `router` hand all paths below `/v1/` to this service.
    public func register(in router: inout HTTPRouter) {
        router.add(prefix: "/v1/") { [self] exchange in serve(exchange) }
    }

    /// Answers a request.
    public func serve(_ exchange: HTTPExchange) {
        let request = exchange.request
        guard request.method != "OPTIONS" else { return respond(exchange, RESTService.preflight(request)) }
        do throws(Status) {
            let path = try RESTPath(method: request.method, target: request.target)
            switch path.action {
            case .predict: try predict(RESTCall(self, exchange, path, .predict))
            case .classify: try classify(RESTCall(self, exchange, path, .classify))
            case .regress: try regress(RESTCall(self, exchange, path, .regress))
            case .predictImage: try predictImage(exchange, path)
            case .status: status(try RESTCall(self, exchange, path, .getModelStatus))
            case .metadata: metadata(try RESTCall(self, exchange, path, .getModelMetadata))
            case .list: list(exchange)
            }
        } catch {
            refuse(exchange, error)
        }
    }

    /// What a browser asks before it lets a page of another origin call.
    private static func preflight(_ request: HTTPRequest) -> HTTPResponse {
        let origin = request.headers["origin"] ?? ""
        let isWeb = ["http://", "https://"].contains { scheme in
            origin.utf8.count >= scheme.utf8.count
                && origin.utf8.indices.contains { origin.utf8[$0...].starts(with: scheme.utf8) }
        }
        return HTTPResponse(status: isWeb ? 200 : 400, contentType: ContentType.json, body: HTTPBody([]))
    }

    /// Answers a request that is no call; TensorFlow Serving counts it as one to a model without a name.
    private func refuse(_ exchange: HTTPExchange, _ status: Status) {
        let bytes = exchange.request.body.count
        let monitor = context.monitor(.getModelStatus, .rest, requestBytes: bytes) { exchange.request.headers[$0] }
        monitor?.end(status.code, nil)
        respond(exchange, HTTPResponse(status))
    }

    private func predictImage(_ exchange: HTTPExchange, _ path: RESTPath) throws(Status) {
        guard let answer = options.predictImage else {
            throw .invalidArgument("Malformed request: \(exchange.request.method) \(exchange.request.target)")
        }
        answer(exchange, ModelRequest(name: path.model, choice: path.choice))
    }

    /// Sends an answer with the fields that all have.
    func respond(_ exchange: HTTPExchange, _ response: HTTPResponse) {
        guard options.allowsCORS else { return exchange.respond(response) }
        var response = response
        response.headers += [
            (name: "Access-Control-Allow-Origin", value: "*"),
            (name: "Access-Control-Allow-Methods", value: "POST, GET"),
            (name: "Access-Control-Allow-Headers", value: "Content-Type"),
        ]
        exchange.respond(response)
    }
}
