import Batching
import CServingProtos
import ServingCore
import ServingProtos

extension BatchingParameters {
    /// Reads the text file at `path`.
    public init(contentsOf path: String) throws(Status) {
        try self.init(try ConfigurationFile.read(path, as: Tensorflow__Serving__BatchingParameters.self))
    }

    /// Takes over a message. INVALID_ARGUMENT with TensorFlow Serving's words if a value is out of range.
    public init(_ message: Message<Tensorflow__Serving__BatchingParameters>) throws(Status) {
        var problems: [SettingProblem] = []
        self = message.read { BatchingParameters($0, problems: &problems) }
        if let first = problems.first(where: { !$0.isWarning }) { throw .invalidArgument(first.text) }
    }

    /// Takes over a message, which stands at `path` of its file, and adds everything that is wrong with it to `problems`.
    init(
        _ message: UnsafePointer<Tensorflow__Serving__BatchingParameters>, at path: SettingPath = SettingPath(),
        problems: inout [SettingProblem]
    ) {
        self.init()
        let fields = message.pointee
        maximumBatchSize = fields.max_batch_size?.pointee.value ?? maximumBatchSize
        batchTimeoutMicroseconds = fields.batch_timeout_micros?.pointee.value ?? batchTimeoutMicroseconds
        maximumEnqueuedBatches = fields.max_enqueued_batches?.pointee.value ?? maximumEnqueuedBatches
        batchThreads = fields.num_batch_threads?.pointee.value
        if let name = fields.thread_pool_name { threadPoolName = String(proto: name.pointee.value) }
        allowedBatchSizes = Array(Repeated.values(fields.allowed_batch_sizes, fields.n_allowed_batch_sizes))
        padsVariableLengthInputs = fields.pad_variable_length_inputs != 0
        splitsLargeBatches = fields.enable_large_batch_splitting.map { $0.pointee.value != 0 } ?? false
        maximumExecutionBatchSize = fields.max_execution_batch_size?.pointee.value
        problems += errors(at: path) + remarks(at: path)
        maximumEnqueuedBatches = max(1, maximumEnqueuedBatches)
    }

    private func errors(at path: SettingPath) -> [SettingProblem] {
        var problems: [SettingProblem] = []
        func require(_ condition: Bool, _ field: String, at index: Int = 0, _ text: @autoclosure () -> String) {
            guard !condition else { return }
            var problem = SettingProblem(text(), at: path.appending(field, index))
            problem.dependsOn = ["max_batch_size", "max_execution_batch_size", "enable_large_batch_splitting"].map {
                path.appending($0)
            }
            problems.append(problem)
        }
        let threads = batchThreads ?? 1
        require(threads >= 1, "num_batch_threads", "num_batch_threads must be positive; was \(threads)")
        require(
            maximumBatchSize >= 1, "max_batch_size", "input_batch_size_limit must be positive; was \(maximumBatchSize)")
        require(
            batchTimeoutMicroseconds >= 0, "batch_timeout_micros",
            "batch_timeout_micros must be non-negative; was \(batchTimeoutMicroseconds)")
        require(
            maximumEnqueuedBatches >= (splitsLargeBatches ? 1 : 0), "max_enqueued_batches",
            "max_enqueued_batches must be positive; was \(maximumEnqueuedBatches)")
        let largest = largestBatchSize
        if splitsLargeBatches {
            require(
                largest >= 1, "max_execution_batch_size", "max_execution_batch_size must be positive; was \(largest)")
            require(
                maximumBatchSize >= largest, "max_execution_batch_size",
                "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
                    + "max_execution_batch_size.")
        }
        let last = allowedBatchSizes.last ?? largest
        require(
            last == largest, "allowed_batch_sizes", at: max(0, allowedBatchSizes.count - 1),
            "Last entry in allowed_batch_sizes must match max_batch_size; last entry was \(last); expected \(largest)")
        return problems
    }

    /// What the server accepts although it is hardly what somebody wants.
    private func remarks(at path: SettingPath) -> [SettingProblem] {
        var remarks: [SettingProblem] = []
        for (index, size) in allowedBatchSizes.enumerated() {
            let place = path.appending("allowed_batch_sizes", index)
            if size < 1 {
                remarks.append(.warning("No batch has \(size) rows", at: place))
            } else if index > 0, size <= allowedBatchSizes[index - 1] {
                let text = "allowed_batch_sizes should ascend: \(size) stands behind \(allowedBatchSizes[index - 1])"
                remarks.append(.warning(text, at: place))
            }
            if remarks.count >= 20 { break }
        }
        if maximumExecutionBatchSize != nil, !splitsLargeBatches {
            let text = "max_execution_batch_size has no effect without enable_large_batch_splitting"
            let advice = "write enable_large_batch_splitting { value: true }"
            remarks.append(.warning(text, at: path.appending("max_execution_batch_size"), advice: advice))
        }
        if maximumEnqueuedBatches == 0, !splitsLargeBatches {
            let text = "max_enqueued_batches is 0, which counts as 1"
            remarks.append(.warning(text, at: path.appending("max_enqueued_batches")))
        }
        return remarks
    }
}
