import ServingCore

/// A token bucket that says when a peer has done too much of what honest peers do seldom.
struct FloodMeter {
    private let burst: Double
    private let tokensPerNanosecond: Double
    private var tokens: Double
    private var last: Instant

    /// - Parameters:
    ///   - burst: so many events are always tolerated; the bucket never holds more tokens.
    ///   - perSecond: tokens that come back each second.
    init(burst: Int, perSecond: Int, now: Instant) {
        self.burst = Double(burst)
        tokensPerNanosecond = Double(perSecond) / 1e9
        tokens = Double(burst)
        last = now
    }

    /// Takes a token; false if there was none left.
    mutating func take(at now: Instant) -> Bool {
        if tokens < 1 { refill(at: now) }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Gives tokens back for useful work.
    mutating func credit(_ count: Int) { tokens = min(burst, tokens + Double(count)) }

    private mutating func refill(at now: Instant) {
        tokens = min(burst, tokens + Double(now.nanoseconds(since: last)) * tokensPerNanosecond)
        last = now
    }
}
