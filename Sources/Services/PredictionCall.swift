import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos

/// A Predict call whose request has been read and whose model is known, from here to its answer.
struct PredictionCall: ~Copyable, Sendable {
    let call: ServiceCall
    let prediction: Prediction
    let model: Model
    /// Keeps the model loaded.
    let visit: ServableVisit
    /// What is known before it is computed.
    let facts: ServingFacts
    /// The packed `ModelSpec` of the answer.
    let answerSpec: [UInt8]
    /// Whether the request names neither a version nor a label.
    let followsLatest: Bool
    /// Since when the call has waited to be computed.
    let arrival: Instant
    /// What becomes of it.
    let route: Model.Route

    var runner: SignatureRunner { prediction.runner }

    /// A call whose request has been unpacked.
    /// - Parameter facts: with a version.
    init(
        _ call: ServiceCall, _ message: Message<Tensorflow__Serving__PredictRequest>, _ loaded: LoadedModel,
        _ runner: SignatureRunner, _ facts: ServingFacts, arrival: Instant
    ) {
        self.call = call
        model = loaded.model
        visit = loaded.handle.visit()
        self.facts = facts
        self.arrival = arrival
        prediction = Prediction(
            content: .unpacked(message: message.pointer, byteCount: call.message.count, arena: message.arena),
            runner: runner)
        answerSpec = ModelSpecEncoding.encode(
            name: facts.model, version: loaded.handle.id.version, signatureName: facts.signatureName)
        followsLatest = message.read { message in
            guard let spec = message.pointee.model_spec else { return false }
            return spec.pointee.version_choice_case == TENSORFLOW__SERVING__MODEL_SPEC__VERSION_CHOICE__NOT_SET
        }
        // What is wrong with the outputs is said after what is wrong with the inputs, by a run that does not come to pass.
        let outputs = try? prediction.outputs()
        route = outputs.map { loaded.model.route(of: runner, outputs: $0) } ?? .alone
    }

    /// A call that asks for what `known` stands for, and whose `inputs` are in the runner's feeding order.
    init(
        _ call: ServiceCall, _ known: RecurringPrediction, _ inputs: consuming [TensorSource],
        _ visit: consuming ServableVisit, arrival: Instant
    ) {
        self.call = call
        model = known.model
        self.visit = visit
        facts = known.facts
        self.arrival = arrival
        prediction = Prediction(content: .plain(inputs: inputs, outputs: known.outputs), runner: known.runner)
        answerSpec = known.answerSpec
        followsLatest = known.followsLatest
        route = known.model.route(of: known.runner, outputs: known.outputs)
    }

    /// The array of inputs that were read in place, of a call that has been answered.
    consuming func takeInputs() -> [TensorSource] {
        guard case .plain(let inputs, _) = prediction.content else { return [] }
        return inputs
    }

    /// Throws CANCELLED if the caller has gone away, or has been told that its deadline has passed.
    static func checkStillWanted(_ cancellation: CancellationFlag?) throws(Status) {
        if cancellation?.isCancelled == true { throw Status(.cancelled, "the caller does not wait any more") }
    }
}

/// A call that waits for another thread, or for its batch.
final class WaitingPrediction: Sendable {
    let request: PredictionCall

    init(_ request: consuming PredictionCall) { self.request = request }
}
