import HTTP
import Models
import Pictures
import ServingCore
import Services
import Synchronization
import Tensors
import Threading

/// One uploaded picture on its way through a model.
final class PictureRun: Sendable {
    private let exchange: HTTPExchange
    private let memory: PictureMemory
    /// How the model classifies, known once the model is.
    private let classifier = Mutex<PictureClassifier?>(nil)

    init(_ exchange: HTTPExchange, _ memory: PictureMemory) {
        self.exchange = exchange
        self.memory = memory
    }

    /// The input of `model` for the picture in the request.
    func feed(_ model: Model) throws(Status) -> TensorCall.Feed {
        let classifier = try model.pictures.get()
        guard let runner = model.runner(for: classifier.signatureName) else {
            throw .internalError("the signature '\(classifier.signatureName)' cannot be run")
        }
        let request = exchange.request
        let file = try PictureUpload.picture(in: request.body, contentType: request.headers["content-type"])
        let limits = PictureLimits(memory: memory) { [exchange] in PictureRun.interruption(exchange) }
        let tensor = try classifier.tensor(of: file, limits: limits)
        self.classifier.withLock { $0 = classifier }
        return TensorCall.Feed(runner, [(alias: classifier.inputAlias, value: tensor)])
    }

    /// What a run says that is cut off for the same reason.
    private static func interruption(_ exchange: HTTPExchange) -> Status? {
        if exchange.cancellation.isCancelled { return Status(.cancelled, "Call was cancelled") }
        let now = Instant(nanoseconds: SystemClock().nanoseconds())
        guard exchange.deadline.hasPassed(at: now) else { return nil }
        return Status(.deadlineExceeded, "Timed out waiting for notification")
    }

    /// What the outputs of the model say.
    func predictions(
        _ outputs: [(alias: String, value: Tensor)]
    ) throws(Status) -> [PictureClassifier.Prediction] {
        let classifier = self.classifier.withLock { $0 }
        guard let classifier, let scores = outputs.first(where: { $0.alias == classifier.outputAlias }) else {
            throw .internalError("the model gave no scores")
        }
        return try classifier.predictions(scores.value)
    }
}
