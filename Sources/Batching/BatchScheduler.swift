import ServingCore
import Threading

/// Decides when which batch of which queue runs, on threads that all queues share.
public final class BatchScheduler: Sendable {
    /// How long batches wait for more requests.
    public enum Policy: String, Sendable, CaseIterable {
        /// As long as it pays: never while a thread is idle that could run them.
        case adaptive
        /// As TensorFlow Serving does: until a batch is full or its oldest request has waited for `batch_timeout_micros`.
        case strict
    }

    private let threads: ThreadPool
    private let clock: any Clock

    /// - Parameters:
    ///   - threads: run the batches.
    ///   - limit: batches that run at the same time.
    public init(threads: ThreadPool, limit: Int, policy: Policy = .adaptive, clock: any Clock = SystemClock()) {
        self.threads = threads
        self.clock = clock
    }

    /// A new queue; it is forgotten when nobody refers to it any more.
    public func makeQueue(
        _ identity: BatchQueue.Identity, _ parameters: BatchingParameters, run: @escaping BatchQueue.Run
    ) -> BatchQueue {
        BatchQueue(identity, parameters, self, run: run)
    }

    func submit(_ request: BatchRequest, to queue: BatchQueue) {
        let arrival = clock.nanoseconds()
        threads.submit { [clock] in
            let start = clock.nanoseconds()
            do throws(Status) {
                let inputs = try request.inputs.map { (input) throws(Status) in try input.tensor() }
                let outputs = try queue.run(inputs, request.deadline, request.cancellation)
                let timings = RunTimings(
                    queueNanoseconds: start &- arrival, computeNanoseconds: clock.nanoseconds() &- start,
                    batchSize: request.rows)
                request.complete(.success(BatchAnswer(outputs: outputs, timings: timings)))
            } catch {
                request.complete(.failure(error))
            }
        }
    }
}
