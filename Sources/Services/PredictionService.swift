import CServingProtos
import Graphs
import Models
import Servables
import ServingCore
import ServingProtos
import Tensors
import Threading

/// `tensorflow.serving.PredictionService`: Predict.
public struct PredictionService: Sendable {
    private let context: ServiceContext

    /// Runs shorter than this stay on the thread that received them: handing over costs about as much.
    private static let handOverNanoseconds: UInt64 = 20_000
    /// What all tensors of a request may take beyond eight times its own size.
    private static let expansionAllowance = 256 << 20

    public init(_ context: ServiceContext) { self.context = context }

    /// Answers a `PredictRequest` with a `PredictResponse`, with TensorFlow Serving's checks, codes and texts.
    /// - Parameter reader: the calling thread's.
    public func predict(_ call: ServiceCall, _ reader: ServingMapReader) {
        let prediction: Prediction
        do throws(Status) {
            prediction = try prepare(call, reader)
        } catch {
            return call.complete(.failure(error))
        }
        if let typical = prediction.runner.typicalNanoseconds, typical < PredictionService.handOverNanoseconds {
            return call.complete(run(prediction, call))
        }
        context.compute.submit { [self] in call.complete(run(prediction, call)) }
    }

    /// A request that has been read and checked.
    private struct Prediction: Sendable {
        let modelName: String
        let signatureName: String
        let loaded: LoadedModel
        let runner: SignatureRunner
        let feeds: [Tensor]
        let outputs: [String]
    }

    private func prepare(_ call: ServiceCall, _ reader: ServingMapReader) throws(Status) -> Prediction {
        let message = try Message<Tensorflow__Serving__PredictRequest>(unpacking: call.message, failure: .internalError)
        return try message.read { (request) throws(Status) -> Prediction in
            let spec = try ModelRequest(request.pointee.model_spec.map { UnsafePointer($0) })
            let loaded = try spec.resolve(reader)
            let signatureName = spec.signatureName.isEmpty ? "serving_default" : spec.signatureName
            guard let runner = loaded.model.runner(for: signatureName) else {
                throw .failedPrecondition("Serving signature key \"\(signatureName)\" not found.")
            }
            try checkMethodName(runner.signature)
            let feeds = try decodeInputs(request, message, runner, call.message.count)
            let filter = Repeated.strings(request.pointee.output_filter, request.pointee.n_output_filter)
            return Prediction(
                modelName: spec.name, signatureName: signatureName, loaded: loaded, runner: runner, feeds: feeds,
                outputs: try runner.outputs(filter: filter))
        }
    }

    private static let methodNames = ["predict", "classify", "regress"].map { "tensorflow/serving/\($0)" }

    private func checkMethodName(_ signature: Signature) throws(Status) {
        guard context.checksMethodNames, !PredictionService.methodNames.contains(signature.methodName) else { return }
        throw .internalError(
            "Expected prediction signature method_name to be one of {tensorflow/serving/predict, "
                + "tensorflow/serving/classify, tensorflow/serving/regress}. Was: \(signature.methodName)")
    }

    private func decodeInputs(
        _ request: UnsafePointer<Tensorflow__Serving__PredictRequest>,
        _ message: Message<Tensorflow__Serving__PredictRequest>, _ runner: SignatureRunner, _ messageBytes: Int
    ) throws(Status) -> [Tensor] {
        let entries = PredictionService.lastOfEachKey(
            Repeated.messages(request.pointee.inputs, request.pointee.n_inputs))
        var budget = PredictionService.expansionAllowance + 8 * messageBytes
        return try runner.feeds(sent: entries.map { String(proto: $0.pointee.key) }) { (position) throws(Status) in
            let value = entries[position].pointee.value.map { UnsafePointer($0) }
            guard let value else { throw .invalidArgument("the input has no value") }
            let tensor = try Tensor(decoding: value, byteLimit: budget, owner: message.arena)
            budget -= tensor.byteCount
            return tensor
        }
    }

    /// A map on the wire may name a key twice; the last entry counts.
    private static func lastOfEachKey(
        _ entries: [UnsafePointer<Tensorflow__Serving__PredictRequest__InputsEntry>]
    ) -> [UnsafePointer<Tensorflow__Serving__PredictRequest__InputsEntry>] {
        guard entries.count > 1 else { return entries }
        var seen: Set<String> = []
        return entries.reversed().filter { seen.insert(String(proto: $0.pointee.key)).inserted }
    }

    private func run(_ prediction: Prediction, _ call: ServiceCall) -> Result<WireAnswer, Status> {
        do throws(Status) {
            let results = try prediction.loaded.model.run(
                prediction.runner, feeds: prediction.feeds, outputs: prediction.outputs, deadline: call.deadline,
                cancellation: call.cancellation)
            return .success(try encode(prediction, results))
        } catch {
            return .failure(error)
        }
    }

    private func encode(_ prediction: Prediction, _ results: [Tensor]) throws(Status) -> WireAnswer {
        let spec = ModelSpecEncoding.encode(
            name: prediction.modelName, version: prediction.loaded.handle.id.version,
            signatureName: prediction.signatureName)
        let form: TensorForm = context.answersWithTensorContent ? .content : .typedField
        let tensors = try results.map { (tensor) throws(Status) in try TensorEncoding(tensor, form: form) }
        return PredictResponseEncoding.answer(zip(prediction.outputs, tensors), modelSpec: spec)
    }
}
