/// What `BatchingParameters` say about the waiting of requests, in numbers that can be counted with.
struct BatchLimits: Sendable, Hashable {
    /// Rows of a batch; at least 1.
    var batchRows: Int
    /// Rows of a request; at least 1.
    var requestRows: Int
    /// Batches that wait; at least 1.
    var enqueuedBatches: Int
    /// How long the oldest request of a batch that is not full waits, nanoseconds.
    var timeoutNanoseconds: UInt64
    /// Whether a request that does not fit into a batch is divided.
    var splits: Bool
    /// Sizes that batches are padded to, ascending; empty: none.
    var allowedBatchRows: [Int] = []

    init(
        batchRows: Int, requestRows: Int? = nil, enqueuedBatches: Int, timeoutNanoseconds: UInt64 = 0,
        splits: Bool = false, allowedBatchRows: [Int] = []
    ) {
        self.batchRows = max(1, batchRows)
        self.requestRows = max(1, requestRows ?? batchRows)
        self.enqueuedBatches = max(1, enqueuedBatches)
        self.timeoutNanoseconds = timeoutNanoseconds
        self.splits = splits
        self.allowedBatchRows = allowedBatchRows
    }

    init(_ parameters: BatchingParameters) {
        let timeout = UInt64(max(0, parameters.batchTimeoutMicroseconds)).multipliedReportingOverflow(by: 1000)
        self.init(
            batchRows: Int(parameters.largestBatchSize), requestRows: Int(parameters.maximumBatchSize),
            enqueuedBatches: Int(parameters.maximumEnqueuedBatches),
            timeoutNanoseconds: timeout.overflow ? .max : timeout.partialValue,
            splits: parameters.splitsLargeBatches, allowedBatchRows: parameters.allowedBatchSizes.map { Int($0) })
    }

    /// Rows that wait in all groups of a queue together.
    var queueRows: Int {
        let (rows, overflow) = batchRows.multipliedReportingOverflow(by: enqueuedBatches)
        return overflow ? .max : rows
    }
}
