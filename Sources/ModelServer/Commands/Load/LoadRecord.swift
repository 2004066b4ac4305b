/// What a load generator saw.
struct LoadRecord: Equatable, Sendable {
    /// Of the requests that were answered well, nanoseconds.
    private(set) var times = RunTimes()
    /// The same for each part of the time.
    private(set) var intervals: [RunTimes]
    /// What went wrong, and how often.
    private(set) var failures: [String: Int] = [:]
    private(set) var failureCount = 0
    /// Requests of an open loop that were never sent, since too many were under way.
    var unsent = 0
    /// Why a connection was lost, if one was.
    var lost: String?
    private let begin: UInt64
    let end: UInt64

    /// Different texts of failures that are kept.
    private static let maximumKinds = 10

    /// Counts requests that begin from `begin` on and end before `end`, in nanoseconds.
    init(begin: UInt64, end: UInt64, intervals: Int) {
        self.begin = begin
        self.end = end
        self.intervals = (0..<max(1, intervals)).map { RunTimes(capacity: 2_000, seed: UInt64($0) | 1) }
    }

    /// Nanoseconds.
    var duration: UInt64 { end &- begin }

    /// Answers per second.
    var rate: Double { Double(times.count) / (Double(duration) / 1e9) }

    /// Answers per second in one of the intervals.
    func rate(ofInterval index: Int) -> Double { Double(intervals[index].count) / secondsPerInterval }

    var secondsPerInterval: Double { Double(duration) / 1e9 / Double(intervals.count) }

    /// - Parameters:
    ///   - since: the instant from which the request's time counts.
    ///   - failure: what went wrong, nil if nothing did.
    mutating func add(since: UInt64, end now: UInt64, failure: String?) {
        guard since >= begin, now >= since else { return }
        if let failure {
            failureCount += 1
            let isKnown = failures[failure] != nil || failures.count < LoadRecord.maximumKinds
            failures[isKnown ? failure : "others", default: 0] += 1
            return
        }
        // Those that were under way at the end say how long they took, but not how many there are per second.
        guard now < end else { return }
        times.add(now - since)
        let place = Double(now - begin) / Double(duration) * Double(intervals.count)
        intervals[min(Int(place), intervals.count - 1)].add(now - since)
    }

    /// Takes in what another part saw at the same time.
    mutating func add(_ other: LoadRecord) {
        times.add(other.times)
        for index in intervals.indices where index < other.intervals.count {
            intervals[index].add(other.intervals[index])
        }
        for (text, count) in other.failures { failures[text, default: 0] += count }
        failureCount += other.failureCount
        unsent += other.unsent
        lost = lost ?? other.lost
    }
}
