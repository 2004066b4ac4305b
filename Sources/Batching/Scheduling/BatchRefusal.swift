import ServingCore

/// Why a queue does not take a request.
enum BatchRefusal: Error, Hashable {
    /// More rows than a request may have.
    case tooLarge(rows: Int, limit: Int)
    case full(batches: Int, limit: Int)
    /// As `full`, where requests may be split.
    case noCapacity(rows: Int, capacity: Int, batches: Int, limit: Int, openRows: Int, batchRows: Int)
    /// The work before it takes longer than the caller waits.
    case unreachable(leftNanoseconds: UInt64, aheadNanoseconds: UInt64)
    case dropped(DropReason)
    case stopped
}

extension BatchRefusal {
    /// What the caller is told, with TensorFlow Serving's words where it has them.
    func status(_ queue: BatchQueue.Identity) -> Status {
        let name = " (model \"\(queue.model)\" version \(queue.version) signature \"\(queue.signature)\")"
        let full = "The batch scheduling queue to which this task was submitted is full; "
        switch self {
        case .tooLarge(let rows, let limit):
            return .invalidArgument("Task size \(rows) is larger than maximum input batch size \(limit)")
        case .full(let batches, let limit):
            return .unavailable(
                full + "currently \(batches) batches enqueued and max_enqueued_batches is \(limit)" + name)
        case .noCapacity(let rows, let capacity, let batches, let limit, let openRows, let batchRows):
            return .unavailable(
                full + "task size is \(rows) but scheduling capacity is only \(capacity) "
                    + "(num_enqueued_batches=\(batches), max_enqueued_batches=\(limit), open_batch_size=\(openRows), "
                    + "max_execution_batch_size=\(batchRows))" + name)
        case .unreachable(let left, let ahead):
            return .resourceExhausted(
                "Run() timeout would be exceeded while waiting in batching queue: the deadline is in "
                    + "\(BatchRefusal.milliseconds(left)) ms, but at least \(BatchRefusal.milliseconds(ahead)) ms of work "
                    + "are queued before this task" + name)
        case .dropped(let reason): return reason.status
        case .stopped: return .unavailable("The server is shutting down and takes no more tasks" + name)
        }
    }

    /// With one digit behind the point.
    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        "\(nanoseconds / 1_000_000).\(nanoseconds / 100_000 % 10)"
    }
}

extension DropReason {
    var status: Status {
        switch self {
        case .cancelled: Status(.cancelled, "the caller does not wait any more")
        case .expired: .resourceExhausted("Run() timeout exceeded while waiting in batching queue")
        }
    }
}
