import Tensors

/// What a request went through until its outputs were there.
public struct RunTimings: Sendable, Hashable {
    /// From the arrival in the queue to the start of the run, nanoseconds.
    public var queueNanoseconds: UInt64
    /// Of the run of the whole batch, nanoseconds.
    public var computeNanoseconds: UInt64
    /// Rows of all requests that were computed together, without padding; 0 for a request that was not counted in rows because
    /// its model is not batched.
    public var batchSize: Int

    public init(queueNanoseconds: UInt64, computeNanoseconds: UInt64, batchSize: Int) {
        self.queueNanoseconds = queueNanoseconds
        self.computeNanoseconds = computeNanoseconds
        self.batchSize = batchSize
    }
}

/// The outputs of a request that went through a batch.
public struct BatchAnswer: Sendable {
    /// In the order of the queue's outputs; they show their rows of the batch's outputs, nothing is copied.
    public var outputs: [Tensor]
    public let timings: RunTimings

    public init(outputs: [Tensor], timings: RunTimings) {
        self.outputs = outputs
        self.timings = timings
    }
}
