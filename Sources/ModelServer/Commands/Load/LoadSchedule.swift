import Glibc

/// Decides when a load generator sends its requests. Instants are nanoseconds.
struct LoadSchedule: Equatable {
    enum Mode: Equatable, Sendable {
        /// The next request follows as soon as an answer has come.
        case closed
        /// So many requests per second, whether or not answers come; at random distances like those of many people who know
        /// nothing of each other, or at even ones.
        case open(perSecond: Double, isRandom: Bool)
    }

    let mode: Mode
    /// Requests under way at most.
    let limit: Int
    let end: UInt64
    private(set) var underWay = 0
    /// When the next request of an open loop should be sent; in the past if there was no room for it.
    private var arrival: Double
    private var state: UInt64

    /// - Parameters:
    ///   - begin: when the first request may be sent.
    ///   - end: when the last one may.
    init(_ mode: Mode, limit: Int, begin: UInt64, end: UInt64, seed: UInt64 = 1) {
        self.mode = mode
        self.limit = max(1, limit)
        self.end = end
        arrival = Double(begin)
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        if case .open = mode { advance() }
    }

    /// Takes the request that is due at `now`, if any: the instant from which its time counts, which for an open loop is when
    /// it should have been sent, so that a server that is behind does not hide how long people wait.
    mutating func takeDue(at now: UInt64) -> UInt64? {
        guard underWay < limit, now < end else { return nil }
        if case .closed = mode {
            underWay += 1
            return now
        }
        guard arrival <= Double(now) else { return nil }
        underWay += 1
        defer { advance() }
        return UInt64(arrival)
    }

    /// A request that was taken has ended.
    mutating func requestEnded() { underWay -= 1 }

    /// When to ask again although nothing has ended; nil: no sooner than that.
    var nextArrival: UInt64? {
        guard case .open = mode, underWay < limit, arrival < Double(end) else { return nil }
        return UInt64(arrival)
    }

    /// Requests of an open loop that should have been sent before `now` and were not.
    func overdue(at now: UInt64) -> Int {
        guard case .open(let perSecond, _) = mode else { return 0 }
        return Int(max(0, (Double(min(now, end)) - arrival) / 1e9 * perSecond))
    }

    private mutating func advance() {
        guard case .open(let perSecond, let isRandom) = mode else { return }
        let mean = 1e9 / perSecond
        arrival += isRandom ? -log(1 - random()) * mean : mean
    }

    /// In [0, 1).
    private mutating func random() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) / Double(1 << 53)
    }
}
