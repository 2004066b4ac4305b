import Batching

extension BatchingAdvice {
    /// Waiting requests may take this part of the memory that there is for them.
    private static let memoryShare = 8

    static func parameters(
        _ facts: Facts, _ chosen: BatchMeasurement, _ line: CostLine?, _ longest: UInt64, pads: Bool
    ) -> BatchingParameters {
        var parameters = BatchingParameters()
        let rows = Int64(chosen.rows)
        let queue = enqueued(facts, chosen, longest)
        parameters.batchThreads = Int64(facts.threads)
        parameters.maximumEnqueuedBatches = queue
        parameters.batchTimeoutMicroseconds = timeout(facts, chosen, line, longest)
        // What could never stand in the queue as a whole is refused for its size, which says why.
        let (room, overflow) = rows.multipliedReportingOverflow(by: queue)
        let request = min(Int64(facts.requestRows), overflow ? .max : room)
        parameters.maximumBatchSize = max(rows, request)
        if request > rows {
            parameters.splitsLargeBatches = true
            parameters.maximumExecutionBatchSize = rows
        }
        if pads {
            parameters.allowedBatchSizes = sequence(first: Int64(1)) { $0 * 2 }.prefix { $0 < rows } + [rows]
        }
        return parameters
    }

    /// What waiting can save: the part that every batch takes. Never so long that the goal suffers.
    private static func timeout(
        _ facts: Facts, _ chosen: BatchMeasurement, _ line: CostLine?, _ longest: UInt64
    ) -> Int64 {
        guard chosen.rows > 1, let line else { return 0 }
        var nanoseconds = min(line.fixed, Double(chosen.median), 1e9)
        if let goal = facts.goal { nanoseconds = min(nanoseconds, Double(goal) - Double(longest)) }
        return rounded(Int64(max(0, nanoseconds) / 1000))
    }

    /// Down to two digits.
    private static func rounded(_ value: Int64) -> Int64 {
        var unit: Int64 = 1
        while value / unit >= 100 { unit *= 10 }
        return value / unit * unit
    }

    /// Full batches that may wait: as many as are answered within the goal, or else within about a second.
    private static func enqueued(_ facts: Facts, _ chosen: BatchMeasurement, _ longest: UInt64) -> Int64 {
        let threads = Int64(facts.threads)
        var rounds: Int64
        if let goal = facts.goal {
            // The last one waits for the batch that runs and for those before it, and then it runs itself.
            rounds = Int64(clamping: goal / max(1, longest)) - 1
        } else {
            rounds = max(2, Int64(clamping: 1_000_000_000 / max(1, chosen.median)))
        }
        rounds = min(max(1, rounds), max(1, 1000 / threads))
        let (bytes, overflow) = max(1, facts.bytesPerRow).multipliedReportingOverflow(by: chosen.rows)
        let fitting = overflow ? 1 : facts.memory / memoryShare / bytes
        return max(1, min(rounds * threads, Int64(clamping: fitting)))
    }

    /// The longest that a request takes as long as the queue is not full: nanoseconds for the batch that runs when it comes,
    /// and for its own.
    var boundWhenBusy: UInt64 { longestRun.multipliedReportingOverflow(by: 2).partialValue }

    /// The same for the last request that a full queue takes.
    var boundWhenFull: UInt64 {
        let threads = UInt64(facts.threads)
        let rounds = (UInt64(parameters.maximumEnqueuedBatches) + threads - 1) / threads + 1
        let (bound, overflow) = longestRun.multipliedReportingOverflow(by: rounds)
        return overflow ? .max : bound
    }
}
