import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos
import Tensors
import Threading

/// Runs the last requests of a version on the one that is to replace it, and refuses to put that in its place if one of
/// them fails.
///
/// Only what lower versions (or an earlier copy of the same one) have answered is run: going back to a lower version must
/// not depend on what was asked of a higher one. Signatures that may change the state of the model are left out.
struct RecentReplay {
    let id: ServableID
    let checksMethodNames: Bool
    let clock: any Clock

    /// For all requests together; what is left then is not run.
    static let timeLimit: UInt64 = 30_000_000_000

    /// Throws FAILED_PRECONDITION if the new version fails on one of `requests`, and `Status.loadingCancelled`.
    func run(_ requests: [RecentRequest], on model: Model, isWanted: () -> Bool) throws(Status) {
        let start = Instant(nanoseconds: clock.nanoseconds())
        let deadline = Deadline(start.advanced(byNanoseconds: RecentReplay.timeLimit))
        let replayed = requests.filter { $0.version <= id.version }
        for (position, request) in replayed.enumerated() {
            guard isWanted() else { throw .loadingCancelled }
            guard try run(request, on: model, deadline) else {
                Log.warning(
                    "Warm-up of \(id): after \(RecentReplay.timeLimit / 1_000_000_000) s "
                        + "\(replayed.count - position) of \(replayed.count) recent requests have not been replayed")
                return
            }
        }
        if !replayed.isEmpty { Log.info("Warm-up of \(id): \(replayed.count) recent requests were replayed") }
    }

    /// False if there was not enough time.
    private func run(_ request: RecentRequest, on model: Model, _ deadline: Deadline) throws(Status) -> Bool {
        switch request.call {
        case .predict: try predict(request, model, deadline)
        case .classify: try infer(request, Tensorflow__Serving__ClassificationRequest.self, model, deadline)
        case .regress: try infer(request, Tensorflow__Serving__RegressionRequest.self, model, deadline)
        case .multiInference: try infer(request, Tensorflow__Serving__MultiInferenceRequest.self, model, deadline)
        }
    }

    private func predict(_ request: RecentRequest, _ model: Model, _ deadline: Deadline) throws(Status) -> Bool {
        let message = try Message<Tensorflow__Serving__PredictRequest>(unpacking: request.bytes)
        return try message.read { (pointer) throws(Status) in
            let name = Prediction.signatureName(of: pointer)
            if model.runner(for: name)?.mayChangeState == true { return true }
            do throws(Status) {
                try Prediction.rehearse(
                    pointer, byteCount: request.bytes.count, arena: message.arena, on: model,
                    checksMethodNames: checksMethodNames, deadline: deadline)
                return true
            } catch {
                let subject = "signature \"\(name)\", inputs {\(RecentReplay.inputs(of: pointer))}"
                return try judge(error, subject, request.version)
            }
        }
    }

    private func infer<Request: InferenceRequest>(
        _ request: RecentRequest, _ type: Request.Type, _ model: Model, _ deadline: Deadline
    ) throws(Status) -> Bool {
        let message = try InferenceMessage<Request>(copying: request.bytes)
        let names = message.head.read { $0.pointee.signatureNames }
        if names.contains(where: { model.runner(for: $0)?.mayChangeState == true }) { return true }
        do throws(Status) {
            try message.rehearse(on: model, checksMethodNames: checksMethodNames, deadline: deadline)
            return true
        } catch {
            let shown = names.map { "signature \"\($0)\"" }.joined(separator: ", ")
            return try judge(error, "\(shown), \(message.exampleCount) examples", request.version)
        }
    }

    /// False if time was up. Throws FAILED_PRECONDITION if it is the version that makes `error`.
    /// - Parameter subject: what was asked.
    private func judge(_ error: Status, _ subject: String, _ version: Int64) throws(Status) -> Bool {
        switch error.code {
        case .deadlineExceeded: return false
        // Of this moment rather than of the version.
        case .resourceExhausted: throw error
        default:
            throw .failedPrecondition(
                "Version \(id.version) of model \(id.name) does not replace version \(version), because it fails on a "
                    + "recent request that version \(version) has answered: \(subject): \(error). It is tried again when "
                    + "its files change")
        }
    }

    private static func inputs(of message: UnsafePointer<Tensorflow__Serving__PredictRequest>) -> String {
        let inputs = Repeated.messages(message.pointee.inputs, message.pointee.n_inputs).map { entry in
            "\(String(proto: entry.pointee.key)): \(RecentReplay.kind(entry.pointee.value.map { UnsafePointer($0) }))"
        }
        return inputs.sorted().joined(separator: ", ")
    }

    /// The type and shape of a tensor as the request states them, for example `float [2,3]`.
    private static func kind(_ tensor: UnsafePointer<Tensorflow__TensorProto>?) -> String {
        guard let tensor, let type = try? DataType(proto: tensor.pointee.dtype) else { return "no tensor" }
        let shape = try? TensorShape(proto: tensor.pointee.tensor_shape.map { UnsafePointer($0) })
        return "\(type.name) \(shape.map(\.description) ?? "of no valid shape")"
    }
}
