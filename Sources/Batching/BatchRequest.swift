import ServingCore
import Synchronization
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
    /// Used only if the request is split.
    private let parts: Mutex<BatchParts>

    /// - Parameter complete: takes the answer; called exactly once, on any thread.
    /// - Throws: INVALID_ARGUMENT with TensorFlow Serving's words if the inputs cannot be put into a batch.
    public init(
        inputs: [any BatchInput], deadline: Deadline, cancellation: CancellationFlag?,
        complete: @escaping @Sendable (Result<BatchAnswer, Status>) -> Void
    ) throws(Status) {
        rows = try BatchRequest.rows(inputCount: inputs.count) { inputs[$0].shape }
        self.inputs = inputs
        self.deadline = deadline
        self.cancellation = cancellation
        completion = complete
        parts = Mutex(BatchParts(rows: rows))
    }

    /// The first dimension that all inputs share. Throws as `init`.
    /// - Parameter shape: that of an input. A closure, because collections of another module would be walked on the heap.
    static func rows(inputCount: Int, shape: (Int) -> TensorShape) throws(Status) -> Int {
        var rows: Int?
        for index in 0..<inputCount {
            let shape = shape(index)
            guard shape.rank > 0 else {
                throw .invalidArgument("Batching Run() input tensors must have at least one dimension")
            }
            guard shape[0] == rows ?? shape[0] else {
                throw .invalidArgument("Batching Run() input tensors must have equal 0th-dimension size")
            }
            rows = shape[0]
        }
        guard let rows else { throw .invalidArgument("Batching Run() must have at least one input tensor") }
        return rows
    }

    /// Answers the request, which must not have been split.
    func complete(_ result: Result<BatchAnswer, Status>) { completion(result) }

    /// Takes the answer for some rows and answers the request when those for all of them are there, if need be with the
    /// first error. False if the outputs of all parts are there but don't fit together; then somebody must `takeOver`.
    @discardableResult
    func complete(_ rows: Range<Int>, _ result: Result<BatchAnswer, Status>) -> Bool {
        guard rows.count < self.rows else {
            completion(result)
            return true
        }
        switch parts.withLock({ $0.complete(rows, result) }) {
        case .wait: return true
        case .fail(let status): completion(.failure(status))
        case .join(let answers): return join(answers)
        }
        return true
    }

    private func join(_ answers: [BatchAnswer]) -> Bool {
        let result = Result { () throws(Status) in try BatchAnswer(joining: answers) }
        if case .failure(let status) = result, status.code == .failedPrecondition { return false }
        if takeOver() { completion(result) }
        return true
    }

    /// Whether a part of the request has failed, or the request is answered or taken over.
    var isSettled: Bool { parts.withLock { $0.isSettled } }

    /// Makes the caller the one who completes the whole request, whatever becomes of its parts; false if it is too late.
    func takeOver() -> Bool { parts.withLock { $0.takeOver() } }
}

extension BatchRequest {
    /// Why the request is not worth computing any more; nil if somebody still waits for its answer.
    func reasonToDrop(at now: Instant) -> Status? {
        if cancellation?.isCancelled == true { return DropReason.cancelled.status }
        guard !deadline.isNever, deadline.hasPassed(at: now) else { return nil }
        return DropReason.expired.status
    }

    /// Whether the inputs have these sizes along all dimensions but the first.
    func hasSizes(_ shapes: [TensorShape]) -> Bool {
        zip(inputs, shapes).allSatisfy { BatchPadding.agree($0.shape, $1) }
    }

    /// Why TensorFlow Serving refuses to pad the inputs to the sizes of `shapes`; nil if it does not.
    func refusalToPad(to shapes: [TensorShape]) -> Status? {
        for (input, shape) in zip(inputs, shapes) {
            if let refusal = BatchPadding.refusal(of: input.shape, to: shape) { return refusal }
        }
        return nil
    }
}
