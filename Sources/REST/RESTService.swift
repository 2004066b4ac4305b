import HTTP
import Pictures
import Servables
import Services
import ServingCore
import Threading

/// TensorFlow Serving's REST API, and what goes beyond it: everything below `/v1/`, and `/predict`.
public final class RESTService: Sendable {
    public struct Options: Sendable {
        /// Whether answers carry the fields that let pages of other origins use them.
        public var allowsCORS = false
        /// The model that classifies pictures sent to `/predict`; nil: the only one.
        public var imageModel: String?
        /// Bytes that all pictures together may take while they are decoded.
        public var pictureMemoryBytes = Int.max

        public init() {}
    }

    let context: ServiceContext
    let options: Options
    let prediction: PredictionService
    let inference: InferenceService
    let metadata: MetadataService
    let models: ModelService
    let readers: ThreadLocal<ServingMapReader>
    let pictureMemory: PictureMemory

    public init(_ context: ServiceContext, _ options: Options = Options()) {
        self.context = context
        self.options = options
        prediction = PredictionService(context)
        inference = InferenceService(context)
        metadata = MetadataService(context)
        models = ModelService(context)
        pictureMemory = PictureMemory(limit: options.pictureMemoryBytes)
        readers = ThreadLocal { [manager = context.manager] in manager.makeReader() }
    }

    /// Makes `router` hand all paths below `/v1/`, and `/predict`, to this service.
    public func register(in router: inout HTTPRouter) {
        router.add(prefix: "/v1/") { [self] exchange in serve(exchange) }
        router.add(path: RESTService.shortPath) { [self] exchange in predictShort(exchange) }
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
            case .predictImage: predictImage(try RESTCall(self, exchange, path, .predict))
            case .status: status(try RESTCall(self, exchange, path, .getModelStatus))
            case .metadata: metadata(try RESTCall(self, exchange, path, .getModelMetadata))
            case .list: list(exchange)
            }
        } catch {
            refuse(exchange, error)
        }
    }

    /// What a browser asks before it lets a page of another origin call.
    static func preflight(_ request: HTTPRequest) -> HTTPResponse {
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
