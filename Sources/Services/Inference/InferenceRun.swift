import Batching
import Models
import ServingCore
import Tensors

/// The inferences of one request, all on the same examples. Requests of clients and those of a warm-up take the same way.
struct InferenceRun: Sendable {
    let inferences: [Inference]
    let examples: ExampleList
    /// Must be kept loaded by the caller.
    let model: Model

    /// The result of each inference; all or none. Several are computed in one run of the model.
    func run(
        deadline: Deadline, cancellation: CancellationFlag?, purpose: Model.RunPurpose = .request
    ) throws(Status) -> [InferenceResult] {
        guard inferences.count != 1 else {
            let outputs = try model.run(
                inferences[0].runner, feeds: [try examples.tensor()], outputs: inferences[0].outputs,
                deadline: deadline, cancellation: cancellation, purpose: purpose)
            return try results([outputs])
        }
        return try results(
            try model.run(
                jointly: parts, feed: try examples.tensor(), deadline: deadline, cancellation: cancellation,
                purpose: purpose))
    }

    private var parts: [Model.Part] { inferences.map { Model.Part(runner: $0.runner, outputs: $0.outputs) } }

    /// As `run`, but the examples may wait to be computed together with those of other requests.
    /// - Parameters:
    ///   - arrival: since when the request has waited.
    ///   - complete: called exactly once, perhaps before this returns and on any thread.
    func start(
        deadline: Deadline, cancellation: CancellationFlag?, arrival: Instant,
        complete: @escaping @Sendable (Result<[InferenceResult], Status>, RunTimings?) -> Void
    ) {
        guard inferences.count == 1 else {
            return model.start(
                jointly: parts, feed: examples, deadline: deadline, cancellation: cancellation, arrival: arrival
            ) { outputs, timings in complete(outputs.flatMap(checked), timings) }
        }
        model.start(
            inferences[0].runner, [examples], outputs: inferences[0].outputs, deadline: deadline,
            cancellation: cancellation, arrival: arrival
        ) { answer in complete(answer.flatMap { checked([$0.outputs]) }, (try? answer.get())?.timings) }
    }

    private func checked(_ outputs: [[Tensor]]) -> Result<[InferenceResult], Status> {
        do throws(Status) {
            return .success(try results(outputs))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter outputs: those of each inference.
    private func results(_ outputs: [[Tensor]]) throws(Status) -> [InferenceResult] {
        var results: [InferenceResult] = []
        for (inference, outputs) in zip(inferences, outputs) {
            results.append(
                try InferenceResult(inference.method, outputs, inference.outputs, count: examples.count))
        }
        return results
    }
}
