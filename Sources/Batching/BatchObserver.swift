/// Is told what happens in the queues of a scheduler, to count it. Called on the threads that do the work, without locks.
public protocol BatchObserver: Sendable {
    /// A request came to a queue, which may still turn it away.
    func requestArrived(_ queue: BatchQueue, rows: Int)

    /// A batch is about to run.
    /// - Parameter queueNanoseconds: for each request, or part of one, how long it has waited.
    func batchBegan(_ queue: BatchQueue, rows: Int, queueNanoseconds: [UInt64])

    /// A batch has been run and all its requests are answered.
    func batchEnded(_ queue: BatchQueue, _ report: BatchReport)

    /// A request was not run, or a part of one was not.
    func requestTurnedAway(_ queue: BatchQueue, _ reason: TurningAway)
}

extension BatchObserver {
    public func requestArrived(_ queue: BatchQueue, rows: Int) {}
}

/// What became of a batch.
public struct BatchReport: Sendable, Hashable {
    /// Of the requests.
    public var rows: Int
    /// What was computed, with the rows that only fill up an allowed size.
    public var paddedRows: Int
    /// Of all runs that it took.
    public var computeNanoseconds: UInt64
    /// 1 if all went well; more if the batch had to be run in parts.
    public var runs: Int
    /// Whether a run failed.
    public var hasFailed: Bool
}

/// Why a request was not run.
public enum TurningAway: String, Sendable, CaseIterable {
    /// It has more rows than a request may have.
    case tooLarge
    /// The queue was full.
    case queueFull
    /// It came with a deadline that could not be met.
    case unreachable
    /// Its deadline passed in the queue.
    case expired
    /// Its caller went away while it was in the queue.
    case cancelled
    /// The server was about to stop.
    case stopped
}

extension TurningAway {
    init(_ refusal: BatchRefusal) {
        switch refusal {
        case .tooLarge: self = .tooLarge
        case .full, .noCapacity: self = .queueFull
        case .unreachable: self = .unreachable
        case .dropped(let reason): self.init(reason)
        case .stopped: self = .stopped
        }
    }

    init(_ reason: DropReason) {
        switch reason {
        case .cancelled: self = .cancelled
        case .expired: self = .expired
        }
    }
}
