import Batching
import Servables
import ServingCore
import ServingProtos
import Tensors
import Threading

extension PredictionService {
    /// Answers a call without a message, with Predict's checks, codes and texts, on a thread that computes: it waits for the
    /// first load of its model, goes through the batching queue, and is recorded like any other.
    /// - Parameter readers: each thread's.
    public func predict(_ call: TensorCall, _ readers: ThreadLocal<ServingMapReader>) {
        let arrival = Instant(nanoseconds: clock.nanoseconds())
        context.compute.submit { [self] in
            var facts = ServingFacts(model: call.model.name, version: nil)
            do throws(Status) {
                try PredictionCall.checkStillWanted(call.cancellation)
                guard let prediction = try read(call, readers, &facts) else { return }
                start(prediction, arrival: arrival)
            } catch {
                call.complete(.failure(error), facts)
            }
        }
    }

    /// The call with its model and its inputs; nil if it waits for the first load and will be submitted again.
    /// - Parameter facts: takes what is known, also of a call that is refused.
    private func read(
        _ call: TensorCall, _ readers: ThreadLocal<ServingMapReader>, _ facts: inout ServingFacts
    ) throws(Status) -> TensorPrediction? {
        let loaded = try call.model.resolve(readers.value, in: context.manager, call.cancellation) { [self] in
            predict(call, readers)
        }
        guard let loaded else { return nil }
        facts.version = loaded.handle.id.version
        let feed = try call.feed(loaded.model, context)
        facts.signatureName = feed.runner.signature.name
        return try TensorPrediction(call, loaded, feed, facts)
    }

    private func start(_ prediction: TensorPrediction, arrival: Instant) {
        let (runner, model) = (prediction.runner, prediction.loaded.model)
        var waitingBytes = 0
        if case .alone = model.route(of: runner, outputs: runner.outputAliases) {
        } else {
            waitingBytes = prediction.heldBytes
        }
        if let refusal = context.queuedBytes.take(waitingBytes) {
            return prediction.call.complete(.failure(refusal), prediction.facts)
        }
        let waited = Instant(nanoseconds: clock.nanoseconds()).nanoseconds(since: arrival)
        model.start(
            runner, prediction.inputs, outputs: runner.outputAliases, deadline: prediction.call.deadline,
            cancellation: prediction.call.cancellation
        ) { [self, waitingBytes] result in
            context.queuedBytes.give(waitingBytes)
            finish(prediction, result, waitedBefore: waited)
        }
    }

    /// Answers the call. What is kept of it is put into messages afterwards, when nobody waits any more.
    /// - Parameter waitedBefore: what the times of the answer lack, nanoseconds.
    private func finish(_ prediction: TensorPrediction, _ result: Result<BatchAnswer, Status>, waitedBefore: UInt64) {
        var facts = prediction.facts
        guard case .success(let answer) = result else {
            return prediction.call.complete(result.map { _ in [] }, facts)
        }
        facts.timings = answer.timings
        facts.timings?.queueNanoseconds &+= waitedBefore
        let observation = context.traffic?.begin(facts.model)
        prediction.call.complete(.success(prediction.named(answer.outputs)), facts)
        guard let observation else { return }
        context.traffic?.end(observation, prediction, answer.outputs, form: context.tensorForm)
    }
}

extension TrafficRecorder {
    /// Keeps what `begin` has decided of a call without a message; nothing, if it can't be written as one.
    fileprivate func end(
        _ observation: Observation, _ prediction: TensorPrediction, _ outputs: [Tensor], form: TensorForm
    ) {
        guard let request = try? prediction.encodedRequest(),
            let answer = try? prediction.encodedAnswer(outputs, form: form)
        else { return abandon(observation) }
        request.withUnsafeBytes { message in
            end(
                observation,
                ObservedPrediction(
                    message: message, answer: answer, followsLatest: prediction.call.model.choice == .latest,
                    id: prediction.loaded.handle.id, signatureName: prediction.facts.signatureName,
                    mayChangeState: prediction.runner.mayChangeState))
        }
    }
}
