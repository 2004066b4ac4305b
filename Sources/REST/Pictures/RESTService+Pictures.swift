import HTTP
import Pictures
import Services
import ServingCore

// Pictures in, labels out: `POST /v1/models/NAME[/versions/V|/labels/L]:predict_image`, and `POST /predict` for one model.

extension RESTService {
    /// The path that stands for one model.
    static let shortPath = "/predict"

    /// Answers a picture that was sent to the path of a model.
    func predictImage(_ call: RESTCall) { predictImage(call, isShort: false) }

    /// Answers a request for `/predict`. Its errors say that there is no success, as clients of such servers expect.
    func predictShort(_ exchange: HTTPExchange) {
        let request = exchange.request
        guard request.method != "OPTIONS" else { return respond(exchange, RESTService.preflight(request)) }
        do throws(Status) {
            guard request.method == "POST" else {
                throw .invalidArgument("Malformed request: \(request.method) \(request.target)")
            }
            let path = RESTPath(picturesTo: try shortPathModel())
            predictImage(try RESTCall(self, exchange, path, .predict), isShort: true)
        } catch {
            respond(exchange, HTTPResponse(noSuccess: error))
        }
    }

    /// - Parameter isShort: whether the request came for `/predict`.
    private func predictImage(_ call: RESTCall, isShort: Bool) {
        let exchange = call.exchange
        let run = PictureRun(exchange, pictureMemory)
        prediction.predict(
            TensorCall(
                model: ModelRequest(name: call.path.model, choice: call.path.choice), deadline: exchange.deadline,
                cancellation: exchange.cancellation, monitor: call.monitor,
                feed: { (model) throws(Status) in try run.feed(model) },
                complete: { result, facts in
                    call.respond(facts) { () throws(Status) in
                        do throws(Status) {
                            return HTTPResponse(try run.predictions(try result.get()))
                        } catch {
                            guard isShort else { throw error }
                            return HTTPResponse(noSuccess: error)
                        }
                    }
                }), readers)
    }

    /// The model that `/predict` asks. FAILED_PRECONDITION if that is not clear.
    private func shortPathModel() throws(Status) -> String {
        if let name = options.imageModel { return name }
        let names = context.manager.knownNames.filter { context.manager.isConfigured($0) }
        guard names.count == 1 else {
            let served = names.isEmpty ? "none" : names.joined(separator: ", ")
            throw .failedPrecondition(
                "\(RESTService.shortPath) is for one model; the server has \(served), and --image_model says which one is "
                    + "meant")
        }
        return names[0]
    }
}
