import ServingCore

/// Counts PINGs that come sooner after one another than they should, as gRPC's servers do; pure.
struct PingStrikes {
    private let interval: UInt64
    private let limit: Int
    private var last: Instant?
    private var strikes = 0

    /// Nil if the limits allow any number of PINGs.
    init?(_ limits: HTTP2Limits) {
        guard let interval = limits.minPingIntervalNanoseconds, limits.maxPingStrikes > 0 else { return nil }
        self.interval = interval
        limit = limits.maxPingStrikes
    }

    /// A PING has come; false if it is one too many.
    mutating func received(at now: Instant) -> Bool {
        if let last, now.nanoseconds(since: last) < interval { strikes += 1 }
        last = now
        return strikes <= limit
    }

    /// Headers or data have been sent: a peer that gets answers may ask whether more can come.
    mutating func sent() {
        last = nil
        strikes = 0
    }
}
