import Batching
import Graphs
import ServingCore
import Tensors

extension Model {
    /// One signature of several that are run on the same tensor.
    public struct Part: Sendable {
        /// Has exactly one input.
        public let runner: SignatureRunner
        /// The aliases to compute, known and none twice.
        public let outputs: [String]

        public init(runner: SignatureRunner, outputs: [String]) {
            self.runner = runner
            self.outputs = outputs
        }

        var ports: [Signature.Port] { outputs.map { runner.signature.outputs[$0]! } }
    }

    /// Runs several signatures on one input: in one run, as TensorFlow Serving does for MultiInference, unless the graph does
    /// not allow that; the results are the same.
    /// - Parameters:
    ///   - parts: different signatures, each with one input.
    ///   - feed: goes to the input of each.
    /// - Returns: the outputs of each part in the order of its `outputs`. Throws if one of them fails.
    public func run(
        jointly parts: [Part], feed: Tensor, deadline: Deadline, cancellation: CancellationFlag?,
        purpose: RunPurpose = .request
    ) throws(Status) -> [[Tensor]] {
        guard let joint = try jointRunner(for: parts) else {
            return try parts.map { (part) throws(Status) in
                try run(
                    part.runner, feeds: [feed], outputs: part.outputs, deadline: deadline, cancellation: cancellation,
                    purpose: purpose)
            }
        }
        let results = try run(
            joint.runner, feeds: joint.runner.inputs.map { _ in feed }, outputs: joint.runner.outputAliases,
            deadline: deadline, cancellation: cancellation, purpose: purpose)
        return joint.outputs(of: parts, in: results)
    }

    /// As `run`, but the input may wait to be computed together with those of other requests.
    /// - Parameters:
    ///   - arrival: since when the request has waited; nil: it has not.
    ///   - complete: called exactly once, perhaps before this returns and on any thread; the times are known where all was
    ///     computed in one run.
    public func start(
        jointly parts: [Part], feed: any BatchInput, deadline: Deadline, cancellation: CancellationFlag?,
        arrival: Instant? = nil,
        complete: @escaping @Sendable (Result<[[Tensor]], Status>, RunTimings?) -> Void
    ) {
        do throws(Status) {
            guard let joint = try jointRunner(for: parts) else {
                let results = try run(
                    jointly: parts, feed: try feed.tensor(), deadline: deadline, cancellation: cancellation)
                return complete(.success(results), nil)
            }
            start(
                joint.runner, joint.runner.inputs.map { _ in feed }, outputs: joint.runner.outputAliases,
                deadline: deadline, cancellation: cancellation, arrival: arrival
            ) { result in
                complete(result.map { joint.outputs(of: parts, in: $0.outputs) }, (try? result.get())?.timings)
            }
        } catch {
            complete(.failure(error), nil)
        }
    }

    private func jointRunner(for parts: [Part]) throws(Status) -> JointRunner? {
        try jointRunners?.runner(for: parts) { [self] joint in
            // TensorFlow Serving has queues only for what stands in the model's file.
            if batching?.batching.policy == .adaptive { attachQueues(to: joint.runner) }
        }
    }
}
