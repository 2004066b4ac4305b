/// How requests are put together into batches, as a `tensorflow.serving.BatchingParameters` says; checked.
public struct BatchingParameters: Sendable, Hashable {
    /// Rows of a batch and of one request.
    public var maximumBatchSize: Int64 = 1000
    /// How long the oldest request of a batch that is not full waits.
    public var batchTimeoutMicroseconds: Int64 = 0
    public var maximumEnqueuedBatches: Int64 = 10
    /// nil: the number of processors.
    public var batchThreads: Int64?
    public var threadPoolName = "batch_threads"
    /// Sizes that batches are padded to; empty: none.
    public var allowedBatchSizes: [Int64] = []
    public var padsVariableLengthInputs = false
    public var splitsLargeBatches = false
    /// Rows of a batch when requests are split; nil: `maximumBatchSize`.
    public var maximumExecutionBatchSize: Int64?

    public init() {}

    /// Rows of the largest batch that is run.
    public var largestBatchSize: Int64 {
        splitsLargeBatches ? maximumExecutionBatchSize ?? maximumBatchSize : maximumBatchSize
    }
}
