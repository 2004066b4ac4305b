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

    public let identity: Identity
    public let parameters: BatchingParameters
    private let scheduler: BatchScheduler
    let run: Run

    init(_ identity: Identity, _ parameters: BatchingParameters, _ scheduler: BatchScheduler, run: @escaping Run) {
        self.identity = identity
        self.parameters = parameters
        self.scheduler = scheduler
        self.run = run
    }

    /// Takes a request; it is answered exactly once, perhaps before this returns and on any thread: with UNAVAILABLE if the
    /// queue is full, with INVALID_ARGUMENT if it has more rows than a request may have.
    public func submit(_ request: BatchRequest) { scheduler.submit(request, to: self) }
}
