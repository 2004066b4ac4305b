import ServingCore
import Tensors

/// The requests for one set of outputs of one signature of one loaded version that wait to be run together.
public final class BatchQueue: Sendable {
    /// Who a queue works for.
    public struct Identity: Sendable, Hashable {
        /// The model; the queues of a model share its part of the threads.
        public var model: String
        public var version: Int64
        public var signature: String
        /// The aliases of the outputs, in the order in which they are answered.
        public var outputs: [String]

        public init(model: String, version: Int64, signature: String, outputs: [String]) {
            self.model = model
            self.version = version
            self.signature = signature
            self.outputs = outputs
        }
    }

    /// Computes the outputs for the inputs of a batch, on the calling thread. Throws what the model throws.
    public typealias Run = @Sendable (_ inputs: [Tensor], Deadline, CancellationFlag?) throws(Status) -> [Tensor]

    public var identity: Identity { runner.identity }
    public var parameters: BatchingParameters { runner.parameters }
    public var policy: BatchScheduler.Policy { runner.policy }
    let runner: BatchRunner
    /// What the scheduler's state calls this queue.
    let number: Int
    private let scheduler: BatchScheduler

    init(_ runner: BatchRunner, _ number: Int, _ scheduler: BatchScheduler) {
        self.runner = runner
        self.number = number
        self.scheduler = scheduler
    }

    /// Requests that wait keep their queue, so none is left.
    deinit { scheduler.dispatcher.removeQueue(number) }

    /// Takes a request; it is answered exactly once, perhaps before this returns and on any thread: with UNAVAILABLE if the
    /// queue is full, with INVALID_ARGUMENT if it has more rows than a request may have, with RESOURCE_EXHAUSTED if its deadline
    /// passes in the queue or cannot be met.
    public func submit(_ request: BatchRequest) { scheduler.dispatcher.submit(request, to: self) }

    /// Throws INVALID_ARGUMENT, as for a request that is submitted, if its inputs cannot be put into a batch or have more rows than
    /// a request may have.
    /// - Parameter shape: that of an input.
    public func check(inputCount: Int, shape: (Int) -> TensorShape) throws(Status) {
        let rows = try BatchRequest.rows(inputCount: inputCount, shape: shape)
        guard rows > parameters.maximumBatchSize else { return }
        let limit = Int(parameters.maximumBatchSize)
        throw BatchRefusal.tooLarge(rows: rows, limit: limit).status(identity)
    }

    /// Runs `body` on the calling thread if a request that came now would run at once and alone: nothing waits in the queue and a
    /// slot is free, which `body` takes as a batch would. Otherwise nil, and `body` has not been called.
    ///
    /// For requests that take less time than a hand-over to another thread. `body` computes and answers one request of this queue
    /// that was not submitted; its inputs have to pass `check`.
    public func runNow<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R? {
        guard let start = scheduler.dispatcher.beginDirect(self) else { return nil }
        defer { scheduler.dispatcher.endDirect(self, since: start) }
        return try body()
    }
}
