import CServingProtos
import Models
import ServingCore
import ServingProtos

extension Prediction {
    /// Runs a request on a model that is not served yet, and leaves the answer unwritten. The model's name and version in
    /// the request do not matter.
    ///
    /// Throws what Predict would answer.
    /// - Parameter arena: keeps `message` valid.
    static func rehearse(
        _ message: UnsafePointer<Tensorflow__Serving__PredictRequest>, byteCount: Int, arena: MessageArena,
        on model: Model, checksMethodNames: Bool, deadline: Deadline = .never
    ) throws(Status) {
        let name = signatureName(of: message)
        let runner = try runner(named: name, in: model, checksMethodName: checksMethodNames)
        let prediction = Prediction(
            content: .unpacked(message: message, byteCount: byteCount, arena: arena), runner: runner)
        let (_, answer) = try prediction.run(
            on: model, in: model.makeArena(), deadline: deadline, cancellation: nil, purpose: .warmUp)
        // Some results cannot be written into an answer.
        for result in answer.outputs { _ = try TensorEncoding(result) }
    }

    /// The name of the signature that `message` asks for.
    static func signatureName(of message: UnsafePointer<Tensorflow__Serving__PredictRequest>) -> String {
        signatureName(message.pointee.model_spec.map { String(proto: $0.pointee.signature_name) } ?? "")
    }
}
