import CServingProtos
import ServingCore
import ServingProtos

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

    /// Reads the text file at `path`.
    public init(contentsOf path: String) throws(Status) {
        try self.init(try ConfigurationFile.read(path, as: Tensorflow__Serving__BatchingParameters.self))
    }

    /// Takes over a message. INVALID_ARGUMENT with TensorFlow Serving's words if a value is out of range.
    public init(_ message: Message<Tensorflow__Serving__BatchingParameters>) throws(Status) {
        message.read { parameters in
            let fields = parameters.pointee
            maximumBatchSize = fields.max_batch_size?.pointee.value ?? maximumBatchSize
            batchTimeoutMicroseconds = fields.batch_timeout_micros?.pointee.value ?? batchTimeoutMicroseconds
            maximumEnqueuedBatches = fields.max_enqueued_batches?.pointee.value ?? maximumEnqueuedBatches
            batchThreads = fields.num_batch_threads?.pointee.value
            if let name = fields.thread_pool_name { threadPoolName = String(proto: name.pointee.value) }
            allowedBatchSizes = Array(Repeated.values(fields.allowed_batch_sizes, fields.n_allowed_batch_sizes))
            padsVariableLengthInputs = fields.pad_variable_length_inputs != 0
            splitsLargeBatches = fields.enable_large_batch_splitting.map { $0.pointee.value != 0 } ?? false
            maximumExecutionBatchSize = fields.max_execution_batch_size?.pointee.value
        }
        try check()
        maximumEnqueuedBatches = max(1, maximumEnqueuedBatches)
    }

    private func check() throws(Status) {
        func require(_ condition: Bool, _ text: @autoclosure () -> String) throws(Status) {
            if !condition { throw .invalidArgument(text()) }
        }
        let threads = batchThreads ?? 1
        try require(threads >= 1, "num_batch_threads must be positive; was \(threads)")
        try require(maximumBatchSize >= 1, "input_batch_size_limit must be positive; was \(maximumBatchSize)")
        try require(
            batchTimeoutMicroseconds >= 0, "batch_timeout_micros must be non-negative; was \(batchTimeoutMicroseconds)")
        let fewest: Int64 = splitsLargeBatches ? 1 : 0
        try require(
            maximumEnqueuedBatches >= fewest, "max_enqueued_batches must be positive; was \(maximumEnqueuedBatches)")
        let largest = splitsLargeBatches ? maximumExecutionBatchSize ?? maximumBatchSize : maximumBatchSize
        if splitsLargeBatches {
            try require(largest >= 1, "max_execution_batch_size must be positive; was \(largest)")
            try require(
                maximumBatchSize >= largest,
                "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
                    + "max_execution_batch_size.")
        }
        if let last = allowedBatchSizes.last {
            try require(
                last == largest,
                "Last entry in allowed_batch_sizes must match max_batch_size; last entry was \(last); expected "
                    + "\(largest)")
        }
    }
}
