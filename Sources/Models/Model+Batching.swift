import Batching
import ServingCore
import Tensors

extension Model {
    /// What becomes of requests for some outputs of a signature.
    public enum Route: Sendable {
        /// Each is run by itself: `run`.
        case alone
        /// They go through this queue: `submit`.
        case queue(BatchQueue)
        /// They go through a queue that has yet to be made, which may mean to compile: `queue(of:outputs:)`.
        case unprepared
    }

    /// What becomes of requests for `outputs`, as they came from `SignatureRunner.outputs(filter:)`. Takes next to no time, and
    /// may give another answer for the next request.
    public func route(of runner: SignatureRunner, outputs: [String]) -> Route {
        guard let queues = runner.queues.load() else { return .alone }
        switch queues.route(for: outputs) {
        case .alone: return .alone
        case .queue(let queue): return .queue(queue)
        case .unprepared: return .unprepared
        }
    }

    /// The queue for requests for `outputs`, made if it is not there yet; nil if they are not batched. Throws what is in the way of
    /// computing these outputs together.
    public func queue(of runner: SignatureRunner, outputs: [String]) throws(Status) -> BatchQueue? {
        guard let queues = runner.queues.load() else { return nil }
        switch queues.route(for: outputs) {
        case .alone: return nil
        case .queue(let queue): return queue
        case .unprepared(let parameters):
            let programs = runner.programs
            // Whether these outputs can be computed together shows now.
            _ = try programs.program(for: outputs)
            let name = runner.signature.name
            return queues.queue(for: outputs, parameters) { [site] (feeds, deadline, cancellation) throws(Status) in
                try site.run(
                    try programs.program(for: outputs, feeds: feeds), feeds, of: name, deadline: deadline,
                    cancellation: cancellation, purpose: .request
                ).results
            }
        }
    }

    /// Puts a request into the queue of its outputs.
    ///
    /// - Parameters:
    ///   - inputs: in the runner's feeding order.
    ///   - complete: takes the outputs in the order of the queue, or the error; called exactly once, perhaps before this
    ///     returns and on any thread.
    public func submit(
        _ inputs: [any BatchInput], to queue: BatchQueue, of runner: SignatureRunner, deadline: Deadline,
        cancellation: CancellationFlag?, complete: @escaping @Sendable (Result<BatchAnswer, Status>) -> Void
    ) {
        do throws(Status) {
            let rows = inputs.first.map { $0.shape.rank > 0 ? $0.shape[0] : 0 } ?? 0
            let request = try BatchRequest(inputs: inputs, deadline: deadline, cancellation: cancellation) { result in
                // What a run with others takes says nothing about a request by itself.
                if case .success(let answer) = result, answer.timings.batchSize == rows {
                    runner.record(nanoseconds: answer.timings.computeNanoseconds)
                }
                complete(result)
            }
            try runner.checkTypes(of: inputs.lazy.map(\.dataType))
            queue.submit(request)
        } catch {
            complete(.failure(error))
        }
    }

    /// Runs a signature: through the queue of its outputs if requests to it are batched, or else on the calling thread.
    /// - Parameters:
    ///   - inputs: in the runner's feeding order.
    ///   - outputs: the aliases to compute, known and none twice.
    ///   - arrival: since when the request has waited; nil: it has not.
    ///   - complete: takes the outputs in the order of `outputs`; called exactly once, perhaps before this returns and on any
    ///     thread.
    public func start(
        _ runner: SignatureRunner, _ inputs: [any BatchInput], outputs: [String], deadline: Deadline,
        cancellation: CancellationFlag?, arrival: Instant? = nil,
        complete: @escaping @Sendable (Result<BatchAnswer, Status>) -> Void
    ) {
        do throws(Status) {
            if let queue = try queue(of: runner, outputs: outputs) {
                return submit(
                    inputs, to: queue, of: runner, deadline: deadline, cancellation: cancellation, complete: complete)
            }
            let feeds = try inputs.map { (input) throws(Status) in try input.tensor() }
            complete(
                .success(
                    try timedRun(
                        runner, feeds: feeds, outputs: outputs, in: makeArena(), deadline: deadline,
                        cancellation: cancellation, arrival: arrival)))
        } catch {
            complete(.failure(error))
        }
    }

    /// Gives `runner` its queues, if the version is batched.
    func attachQueues(to runner: SignatureRunner) {
        guard let batching else { return }
        _ = runner.queues.storeIfNil(SignatureQueues(runner, batching))
        guard runner.computesAll else { return }
        // Known from the start, so that the first request has its queue. The program is there, so that nothing is thrown.
        _ = try? queue(of: runner, outputs: runner.outputAliases)
    }
}
