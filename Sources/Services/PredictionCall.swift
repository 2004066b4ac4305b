import CServingProtos
import Models
import ServingCore
import ServingProtos

/// A Predict call whose message has been unpacked and whose model is known, from here to its answer.
struct PredictionCall: Sendable {
    let call: ServiceCall
    let message: Message<Tensorflow__Serving__PredictRequest>
    let loaded: LoadedModel
    let runner: SignatureRunner
    /// What is known before it is computed.
    let facts: ServingFacts
    /// Since when the call has waited to be computed.
    let arrival: Instant
    /// What becomes of it.
    let route: Model.Route

    init(
        _ call: ServiceCall, _ message: Message<Tensorflow__Serving__PredictRequest>, _ loaded: LoadedModel,
        _ runner: SignatureRunner, _ facts: ServingFacts, arrival: Instant
    ) {
        self.call = call
        self.message = message
        self.loaded = loaded
        self.runner = runner
        self.facts = facts
        self.arrival = arrival
        let prediction = PredictionCall.prediction(call, message, runner)
        // What is wrong with the outputs is said after what is wrong with the inputs, by a run that does not come to pass.
        let outputs = try? prediction.outputs()
        route = outputs.map { loaded.model.route(of: runner, outputs: $0) } ?? .alone
    }

    private static func prediction(
        _ call: ServiceCall, _ message: Message<Tensorflow__Serving__PredictRequest>, _ runner: SignatureRunner
    ) -> Prediction {
        Prediction(
            message: message.pointer, byteCount: call.message.count, arena: message.arena, runner: runner)
    }

    /// Valid as long as this value.
    var prediction: Prediction { PredictionCall.prediction(call, message, runner) }

    /// Whether the request names neither a version nor a label.
    var followsLatest: Bool {
        message.read { message in
            guard let spec = message.pointee.model_spec else { return false }
            return spec.pointee.version_choice_case == TENSORFLOW__SERVING__MODEL_SPEC__VERSION_CHOICE__NOT_SET
        }
    }

    /// Throws CANCELLED if the caller has gone away, or has been told that its deadline has passed.
    static func checkStillWanted(_ call: ServiceCall) throws(Status) {
        if call.cancellation?.isCancelled == true { throw Status(.cancelled, "the caller does not wait any more") }
    }
}
