/// Decides how long background work rests between its steps while requests are being answered.
///
/// Times are nanoseconds. What all threads that share a pace have worked counts together.
struct PacePolicy {
    /// Rests are this many times as long as the work before them.
    var restPerWork: UInt64 = 9
    /// Work is added up to this much before a rest, because shorter rests cost more than they give.
    var leastWork: UInt64 = 250_000
    var longestRest: UInt64 = 50_000_000
    /// Requests keep the server busy in this sense until so long after the last one.
    var busyAfterRequest: UInt64 = 100_000_000

    private var owed: UInt64 = 0
    private var requestsSeen: UInt64 = 0
    private var lastBusy: UInt64?

    init() {}

    /// Whether requests call for quiet.
    /// - Parameters:
    ///   - requestsBegun: a number that has grown if requests have begun since the last call of any method.
    ///   - areInProgress: whether some are being answered now.
    mutating func isBusy(requestsBegun: UInt64, areInProgress: Bool, at now: UInt64) -> Bool {
        if areInProgress || requestsBegun != requestsSeen { lastBusy = now }
        requestsSeen = requestsBegun
        return lastBusy.map { now &- $0 <= busyAfterRequest } ?? false
    }

    /// How long to rest now, after a step that took `worked` of a processor's time; the others as for `isBusy`.
    mutating func rest(
        afterWork worked: UInt64, requestsBegun: UInt64, areInProgress: Bool, at now: UInt64
    ) -> UInt64 {
        guard isBusy(requestsBegun: requestsBegun, areInProgress: areInProgress, at: now) else {
            owed = 0
            return 0
        }
        owed = min(owed &+ min(worked, longestRest), longestRest)
        guard owed >= leastWork else { return 0 }
        defer { owed = 0 }
        return min(owed &* restPerWork, longestRest)
    }
}
