import Models
import Servables
import ServingCore

/// One signature of a model that examples are to go through, and what is made of its outputs.
struct Inference: Sendable {
    let method: InferenceMethod
    let signatureName: String
    let runner: SignatureRunner
    /// The outputs that the method reads.
    let outputs: [String]

    /// Throws INVALID_ARGUMENT if `model` has no such signature or it does not fit the method, UNIMPLEMENTED if this server
    /// can't serve it.
    /// - Parameter missing: what a text about a signature that is not there begins with.
    init(
        _ method: InferenceMethod, signatureName: String, in model: Model, checksMethodName: Bool,
        missing: String = "No signature was found with the name: "
    ) throws(Status) {
        self.method = method
        self.signatureName = signatureName
        guard let runner = model.runner(for: signatureName) else {
            if let reason = model.refusedSignatures[signatureName] {
                throw .unimplemented("Serving signature key \"\(signatureName)\" cannot be served: \(reason.message)")
            }
            throw .invalidArgument(missing + signatureName)
        }
        self.runner = runner
        outputs = try method.outputs(of: runner.signature, checksMethodName: checksMethodName)
    }

    /// The packed `ModelSpec` of the answer.
    /// - Parameter id: the model and version that answer.
    func modelSpec(_ id: ServableID) -> [UInt8] {
        ModelSpecEncoding.encode(name: id.name, version: id.version, signatureName: signatureName)
    }
}
