import CServingProtos
import Servables
import ServingCore
import Threading

/// `tensorflow.serving.PredictionService`: Classify, Regress and MultiInference.
public struct InferenceService: Sendable {
    private let context: ServiceContext
    private let clock = SystemClock()

    public init(_ context: ServiceContext) { self.context = context }

    /// Answers a `ClassificationRequest` with a `ClassificationResponse`, with TensorFlow Serving's checks, codes and texts.
    /// - Parameter readers: each thread's.
    public func classify(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        submit(call, readers, Tensorflow__Serving__ClassificationRequest.self)
    }

    /// Answers a `RegressionRequest` with a `RegressionResponse`; see `classify`.
    public func regress(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        submit(call, readers, Tensorflow__Serving__RegressionRequest.self)
    }

    /// Answers a `MultiInferenceRequest` with a `MultiInferenceResponse`: all tasks or none.
    public func multiInference(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        submit(call, readers, Tensorflow__Serving__MultiInferenceRequest.self)
    }

    /// Reading, running and writing are left to a thread that computes: examples are many small messages.
    private func submit<Request: InferenceRequest>(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ type: Request.Type
    ) {
        let arrival = Instant(nanoseconds: clock.nanoseconds())
        context.compute.submit { [self] in
            var facts = ServingFacts(version: nil)
            do throws(Status) {
                try PredictionCall.checkStillWanted(call.cancellation)
                let asked = try read(call, readers, type, &facts)
                if let asked { start(asked, call, facts, arrival: arrival) }
            } catch {
                call.complete(.failure(error), facts)
            }
        }
    }

    /// A request that has been read and whose model is known.
    private struct Asked<Request: InferenceRequest>: Sendable {
        let run: InferenceRun
        let loaded: LoadedModel
        let followsLatest: Bool
    }

    /// The request; nil if it waits for the first load of its model and will be submitted again.
    /// - Parameter facts: takes what is known, also of a request that is refused.
    private func read<Request: InferenceRequest>(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ type: Request.Type,
        _ facts: inout ServingFacts
    ) throws(Status) -> Asked<Request>? {
        let message = try InferenceMessage<Request>(call.message, owner: call.owner)
        let spec = try message.head.read { (request) throws(Status) in try request.pointee.model() }
        facts.model = spec.name
        let loaded = try spec.resolve(readers.value, in: context.manager, call.cancellation) { [self] in
            submit(call, readers, type)
        }
        guard let loaded else { return nil }
        facts.version = loaded.handle.id.version
        let inferences = try message.inferences(on: loaded.model, checksMethodNames: context.checksMethodNames)
        if inferences.count == 1 { facts.signatureName = inferences[0].signatureName }
        let run = InferenceRun(inferences: inferences, examples: try message.examples(), model: loaded.model)
        facts.exampleCount = run.examples.count
        return Asked(run: run, loaded: loaded, followsLatest: spec.choice == .latest)
    }

    private func start<Request: InferenceRequest>(
        _ asked: Asked<Request>, _ call: ServiceCall, _ facts: ServingFacts, arrival: Instant
    ) {
        // Examples lie in the message, but those with a context are copied when they run, perhaps many requests at a time.
        let copiedBytes = asked.run.examples.copiedByteCount
        if copiedBytes > 0, let refusal = context.queuedBytes.take(copiedBytes) {
            return call.complete(.failure(refusal), facts)
        }
        asked.run.start(deadline: call.deadline, cancellation: call.cancellation, arrival: arrival) {
            [self] result, timings in
            context.queuedBytes.give(copiedBytes)
            var facts = facts
            facts.timings = timings
            switch result {
            case .success(let results): finish(asked, call, results, facts)
            case .failure(let status): call.complete(.failure(status), facts)
            }
        }
    }

    /// Answers the call. What is kept of the request is copied afterwards, when nobody waits any more.
    private func finish<Request: InferenceRequest>(
        _ asked: Asked<Request>, _ call: ServiceCall, _ results: [InferenceResult], _ facts: ServingFacts
    ) {
        let id = asked.loaded.handle.id
        let answer = Request.answer(asked.run.inferences, results, id)
        let observation = context.traffic?.begin(id.name)
        call.complete(.success(answer), facts)
        guard let observation else { return }
        context.traffic?.end(
            observation,
            ObservedPrediction(
                call: Request.call, message: call.message, answer: answer, followsLatest: asked.followsLatest, id: id,
                signatureName: facts.signatureName,
                mayChangeState: asked.run.inferences.contains { $0.runner.mayChangeState }))
    }
}
