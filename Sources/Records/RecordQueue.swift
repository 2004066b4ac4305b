import ServingCore

/// What waits for the thread of a `RecordLog`: bounded in bytes; what does not fit is counted and forgotten.
struct RecordQueue {
    /// One record, or the end of a log.
    enum Entry: Equatable {
        case record(RecordLog.Destination, [UInt8])
        case finish(RecordLog.Destination)
    }

    private let limit: Int
    private(set) var entries: [Entry] = []
    /// Bytes of the records that wait or are being written.
    private(set) var bytes = 0
    /// Records that were not written since `takeDropped`.
    private(set) var dropped: UInt64 = 0
    var isStopped = false
    /// True when the thread has ended.
    var isFinished = false

    /// What the bookkeeping of one record takes beside its bytes.
    private static let overhead = 128

    init(limit: Int) { self.limit = limit }

    /// False if there is no room, or if nothing is written any more.
    mutating func offer(_ record: [UInt8], for destination: RecordLog.Destination) -> Bool {
        let cost = record.count + RecordQueue.overhead
        guard !isStopped, cost <= limit - bytes else {
            dropped &+= 1
            return false
        }
        bytes += cost
        entries.append(.record(destination, record))
        return true
    }

    mutating func finish(_ destination: RecordLog.Destination) { entries.append(.finish(destination)) }

    /// Everything that waits, in order; its bytes count until `written`. Nil if the thread has nothing to do yet.
    mutating func take() -> [Entry]? {
        guard !entries.isEmpty || isStopped else { return nil }
        defer { entries = [] }
        return entries
    }

    /// Gives back the room of entries that have been taken.
    mutating func written(_ taken: [Entry]) {
        for case .record(_, let record) in taken { bytes -= record.count + RecordQueue.overhead }
    }

    mutating func addDropped(_ count: Int) { dropped &+= UInt64(count) }

    mutating func takeDropped() -> UInt64 {
        defer { dropped = 0 }
        return dropped
    }
}

/// Lets a complaint through at once, and again after a minute at the earliest.
struct ComplaintLimit {
    static let interval: UInt64 = 60_000_000_000
    private var next = Instant(nanoseconds: 0)

    /// True if the complaint may be made now.
    mutating func isDue(at now: Instant) -> Bool {
        guard now >= next else { return false }
        next = now.advanced(byNanoseconds: ComplaintLimit.interval)
        return true
    }
}
