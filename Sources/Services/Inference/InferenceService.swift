import CServingProtos
import Servables
import ServingCore
import Threading

/// `tensorflow.serving.PredictionService`: Classify, Regress and MultiInference.
public struct InferenceService: Sendable {
    private let context: ServiceContext

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
        context.compute.submit { [self] in start(call, readers, type) }
    }

    /// Reads the request and starts what it asks for; if it waits for the first load of its model it is submitted again.
    private func start<Request: InferenceRequest>(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ type: Request.Type
    ) {
        var facts = ServingFacts(version: nil)
        do throws(Status) {
            if call.cancellation?.isCancelled == true { throw Status(.cancelled, "the caller does not wait any more") }
            let message = try InferenceMessage<Request>(call.message, owner: call.owner)
            let spec = try message.head.read { (request) throws(Status) in try request.pointee.model() }
            facts.model = spec.name
            let loaded = try spec.resolve(readers.value, in: context.manager, call) { [self] in
                submit(call, readers, type)
            }
            guard let loaded else { return }
            facts.version = loaded.handle.id.version
            let run = InferenceRun(
                inferences: try message.inferences(on: loaded.model, checksMethodNames: context.checksMethodNames),
                examples: try message.examples(), model: loaded.model)
            facts.signatureName = run.commonSignatureName
            facts.exampleCount = run.examples.count
            run.answer(deadline: call.deadline, cancellation: call.cancellation) { [self, facts] result, timings in
                let answer = result.map { Request.answer(run.inferences, $0, loaded.handle.id) }
                var facts = facts
                facts.timings = timings
                complete(call, answer, facts, run, loaded, Request.call, followsLatest: spec.choice == .latest)
            }
        } catch {
            call.complete(.failure(error), facts)
        }
    }

    /// Answers the call. What is kept of the request is copied afterwards, when nobody waits any more.
    private func complete(
        _ call: ServiceCall, _ result: Result<WireAnswer, Status>, _ facts: ServingFacts, _ run: InferenceRun,
        _ loaded: LoadedModel, _ kind: ObservedPrediction.Call, followsLatest: Bool
    ) {
        guard let traffic = context.traffic, case .success(let answer) = result,
            let observation = traffic.begin(loaded.handle.id.name)
        else { return call.complete(result, facts) }
        call.complete(result, facts)
        traffic.end(
            observation,
            ObservedPrediction(
                call: kind, message: call.message, answer: answer, followsLatest: followsLatest,
                id: loaded.handle.id,
                signatureName: run.commonSignatureName,
                mayChangeState: run.inferences.contains { $0.runner.mayChangeState }))
    }
}
