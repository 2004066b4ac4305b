import ServingCore
import Tensors

/// One request to a batched signature, from its arrival to its answer.
public final class BatchRequest: Sendable {
    /// In the queue's feeding order.
    public let inputs: [any BatchInput]
    /// The size of the first dimension, which all inputs share.
    public let rows: Int
    public let deadline: Deadline
    public let cancellation: CancellationFlag?
    private let completion: @Sendable (Result<BatchAnswer, Status>) -> Void

    /// - Parameter complete: takes the answer; called exactly once, on any thread.
    /// - Throws: INVALID_ARGUMENT with TensorFlow Serving's words if the inputs cannot be put into a batch.
    public init(
        inputs: [any BatchInput], deadline: Deadline, cancellation: CancellationFlag?,
        complete: @escaping @Sendable (Result<BatchAnswer, Status>) -> Void
    ) throws(Status) {
        guard let first = inputs.first else {
            throw .invalidArgument("Batching Run() must have at least one input tensor")
        }
        for input in inputs {
            guard input.shape.rank > 0 else {
                throw .invalidArgument("Batching Run() input tensors must have at least one dimension")
            }
            guard input.shape[0] == first.shape[0] else {
                throw .invalidArgument("Batching Run() input tensors must have equal 0th-dimension size")
            }
        }
        self.inputs = inputs
        rows = first.shape[0]
        self.deadline = deadline
        self.cancellation = cancellation
        completion = complete
    }

    /// Answers the request.
    func complete(_ result: Result<BatchAnswer, Status>) { completion(result) }
}
