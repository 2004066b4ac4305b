import HTTP
import Models
import Pictures
import Servables
import ServingCore
import Services
import Tensors
import Threading

/// Pictures in, labels out: `POST /v1/models/NAME[/versions/V|/labels/L]:predict_image`, and `POST /predict` for one model.
public final class PictureEndpoint: Sendable {
    /// The path that stands for one model.
    public static let shortPath = "/predict"
    private let service: PredictionService
    private let readers: ThreadLocal<ServingMapReader>
    private let context: ServiceContext
    private let memory: PictureMemory
    private let shortPathModel: @Sendable () throws(Status) -> String

    /// - Parameters:
    ///   - memoryLimit: bytes that all pictures together may take while they are decoded.
    ///   - shortPathModel: the model that `/predict` asks.
    public init(
        _ context: ServiceContext, memoryLimit: Int,
        shortPathModel: @escaping @Sendable () throws(Status) -> String
    ) {
        service = PredictionService(context)
        readers = ThreadLocal { [manager = context.manager] in manager.makeReader() }
        self.context = context
        memory = PictureMemory(limit: memoryLimit)
        self.shortPathModel = shortPathModel
    }

    /// Answers a request whose path names `model`.
    public func predictImage(_ exchange: HTTPExchange, _ model: ModelRequest) {
        predict(exchange, model, PictureAnswer(exchange, saysFailure: false))
    }

    /// Answers a request for `/predict`.
    public func predictShort(_ exchange: HTTPExchange) {
        let answer = PictureAnswer(exchange, saysFailure: true)
        do throws(Status) {
            guard exchange.request.method == "POST" else {
                throw .invalidArgument("Malformed request: \(exchange.request.method) \(exchange.request.path)")
            }
            predict(exchange, ModelRequest(name: try shortPathModel(), choice: .latest), answer)
        } catch {
            answer.fail(error, nil)
        }
    }

    private func predict(_ exchange: HTTPExchange, _ model: ModelRequest, _ answer: PictureAnswer) {
        let request = exchange.request
        let upload = PictureRun(exchange, memory)
        service.predict(
            TensorCall(
                model: model, deadline: exchange.deadline, cancellation: exchange.cancellation,
                monitor: context.monitor(.predict, .rest, requestBytes: request.body.count) { request.headers[$0] },
                feed: { (model) throws(Status) in try upload.feed(model) },
                complete: { result, facts in
                    do throws(Status) {
                        answer.succeed(try upload.predictions(try result.get()), facts)
                    } catch {
                        answer.fail(error, facts)
                    }
                }), readers)
    }
}
