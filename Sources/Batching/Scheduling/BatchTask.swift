import ServingCore

/// What waits in a queue for its batch, as far as the decisions about it need to know.
protocol BatchTask {
    /// Rows of a batch that it takes; may be 0.
    var rowCount: Int { get }
    var deadline: Deadline { get }
    /// Whether nobody wants the answer any more.
    var isCancelled: Bool { get }
}

/// Why a task leaves its queue without having been run.
enum DropReason: Sendable, Hashable {
    case cancelled
    case expired
}

extension BatchTask {
    /// Why it makes no sense to run the task at `now`; nil if it does.
    func reasonToDrop(at now: UInt64) -> DropReason? {
        if isCancelled { return .cancelled }
        return deadline.hasPassed(at: Instant(nanoseconds: now)) ? .expired : nil
    }
}

/// A task in its queue.
struct WaitingTask<Task: BatchTask> {
    let task: Task
    /// What it counts for in limits: its rows, but at least 1.
    let weight: Int
    /// When it came, nanoseconds.
    let arrival: UInt64
    /// Grows with each task of a queue.
    let sequence: UInt64
    /// Whether the task is the first of its batch.
    var opensBatch: Bool
}

/// A task that was dropped.
struct DroppedTask<Task: BatchTask> {
    let task: Task
    let reason: DropReason
    let arrival: UInt64
}
