import ServingCore
import Synchronization
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

    /// What waits in the queues of one model.
    public struct Waiting: Sendable, Hashable {
        public let model: String
        /// Parts of requests count one by one if large requests are split.
        public var requests: Int
        public var rows: Int
    }

    let dispatcher: BatchDispatcher
    /// Sleeps until a batch that waits is due; there as soon as a queue has a time-out.
    private let timer = Mutex<Thread?>(nil)

    /// - Parameters:
    ///   - threads: run the batches.
    ///   - limit: batches that run at the same time; no more than there are threads.
    ///   - observer: is told what happens.
    public init(
        threads: ThreadPool, limit: Int, policy: Policy = .adaptive, clock: any Clock = SystemClock(),
        observer: (any BatchObserver)? = nil
    ) {
        dispatcher = BatchDispatcher(
            threads, slots: min(limit, threads.threadCount), policy, clock: clock, observer: observer)
    }

    deinit { endTimer() }

    /// What waits now; models of which nothing waits are left out.
    public var waiting: [Waiting] { dispatcher.waiting }

    /// A new queue; it is forgotten when nobody refers to it any more and nothing waits in it.
    /// - Parameters:
    ///   - mayRepeat: false if a run that failed must not be repeated because it changes the model's state; then requests run one at
    ///     a time.
    ///   - run: computes a batch.
    public func makeQueue(
        _ identity: BatchQueue.Identity, _ parameters: BatchingParameters, mayRepeat: Bool = true,
        run: @escaping BatchQueue.Run
    ) -> BatchQueue {
        if parameters.batchTimeoutMicroseconds > 0 { beginTimer() }
        let runner = BatchRunner(
            identity, parameters, policy: dispatcher.policy, mayRepeat: mayRepeat, clock: dispatcher.clock, compute: run
        )
        return BatchQueue(runner, dispatcher.addQueue(runner), self)
    }

    /// Refuses new requests with UNAVAILABLE, and returns when all that were accepted are answered. To be called before the
    /// threads are stopped, and not on one of them.
    public func stop() {
        dispatcher.drain()
        endTimer()
    }

    /// From now on no batch waits for others, so that nobody who is still being answered waits out a long time-out.
    public func hurry() { dispatcher.hurry() }

    private func beginTimer() {
        timer.withLock { [dispatcher] timer in
            if timer == nil { timer = Thread(name: "batch-timer") { dispatcher.watchTime() } }
        }
    }

    private func endTimer() {
        let thread = timer.withLock { $0.take() }
        guard let thread else { return }
        dispatcher.stopWatchingTime()
        thread.join()
    }
}
