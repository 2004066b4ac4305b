import ServingCore

/// When a connection is asked for a sign of life, asked to go, or given up; pure decisions on injected time.
///
/// Its owner tells it what happens, looks at the instants that `nextLook` names, and does what `decide` says then.
struct ConnectionLife {
    enum Decision: Equatable {
        case nothing
        /// Send a PING.
        case ping
        /// Ask the peer to go elsewhere; calls in progress are finished.
        case goAway
        case close
    }

    private let limits: HTTP2Limits
    private let openedAt: Instant
    /// When the connection is too old; nil: never.
    private let expiresAt: Instant?
    private var lastReceived: Instant
    private var lastProgress: Instant
    private var pingSentAt: Instant?
    /// Since when there has been no stream; nil while there are some.
    private var idleSince: Instant?
    private var isAskedToGo = false
    /// When calls on a connection that is too old are cut off; nil: never.
    private var cutAt: Instant?
    private(set) var hasReceivedSettings = false

    /// Looks are never further apart, because a connection may come to owe something meanwhile.
    private static let longestPause: UInt64 = 5_000_000_000
    private static let shortestPause: UInt64 = 1_000_000

    /// - Parameter jitter: from -1 to 1; spreads the end of connections that were opened together, by a tenth of the
    ///   greatest age to either side.
    init(_ limits: HTTP2Limits, openedAt: Instant, jitter: Double) {
        self.limits = limits
        self.openedAt = openedAt
        expiresAt = limits.maxAgeNanoseconds.map { age in
            let scale = 1 + 0.1 * max(-1, min(1, jitter))
            return openedAt.advanced(byNanoseconds: UInt64(min(Double(age) * scale, 9e18)))
        }
        lastReceived = openedAt
        lastProgress = openedAt
        idleSince = openedAt
    }

    // MARK: What happens

    mutating func received(at now: Instant) {
        lastReceived = now
        pingSentAt = nil
    }

    mutating func receivedSettings() { hasReceivedSettings = true }

    /// The peer has taken some of what it is owed.
    mutating func progressed(at now: Instant) { lastProgress = now }

    mutating func beganStream() { idleSince = nil }

    /// The last stream has ended.
    mutating func becameIdle(at now: Instant) { idleSince = now }

    /// Nothing has ever come from a peer that had time for it.
    func isSilent(at now: Instant, for nanoseconds: UInt64) -> Bool {
        !hasReceivedSettings && lastReceived == openedAt && now.nanoseconds(since: openedAt) >= nanoseconds
    }

    // MARK: Decisions

    /// - Parameters:
    ///   - owes: whether output waits for the peer to take it.
    ///   - isOpen: whether frames can still be sent.
    mutating func decide(at now: Instant, owes: Bool, isOpen: Bool) -> Decision {
        if !owes { lastProgress = now }
        if isGivenUp(at: now, owes: owes) { return .close }
        guard isOpen else { return .nothing }
        if !isAskedToGo, mustGo(at: now) { return .goAway }
        guard hasReceivedSettings, pingSentAt == nil,
            now.nanoseconds(since: lastReceived) >= limits.keepaliveNanoseconds
        else { return .nothing }
        pingSentAt = now
        return .ping
    }

    /// True if the peer never began to speak HTTP/2, doesn't take what it is owed, left a PING without answer, or was
    /// asked to go long ago.
    private func isGivenUp(at now: Instant, owes: Bool) -> Bool {
        if !hasReceivedSettings, now.nanoseconds(since: openedAt) >= limits.handshakeNanoseconds { return true }
        if owes, now.nanoseconds(since: lastProgress) >= limits.stallNanoseconds { return true }
        if let pingSentAt, now.nanoseconds(since: pingSentAt) >= limits.keepaliveTimeoutNanoseconds { return true }
        return cutAt.map { $0 <= now } ?? false
    }

    private mutating func mustGo(at now: Instant) -> Bool {
        let isExpired = expiresAt.map { $0 <= now } ?? false
        if isExpired { cutAt = limits.ageGraceNanoseconds.map(now.advanced(byNanoseconds:)) }
        isAskedToGo = isExpired || idleEnd.map { $0 <= now } ?? false
        return isAskedToGo
    }

    /// When the connection has been without streams for too long.
    private var idleEnd: Instant? {
        guard let idleSince, let idle = limits.maxIdleNanoseconds else { return nil }
        return idleSince.advanced(byNanoseconds: idle)
    }

    /// When `decide` is to be asked again, later than `now`.
    func nextLook(after now: Instant) -> Instant {
        let pause = min(ConnectionLife.longestPause, limits.stallNanoseconds, limits.maxIdleNanoseconds ?? .max)
        var next = now.advanced(byNanoseconds: pause)
        func consider(_ instant: Instant?) { if let instant { next = min(next, instant) } }
        if !hasReceivedSettings { consider(openedAt.advanced(byNanoseconds: limits.handshakeNanoseconds)) }
        if let pingSentAt {
            consider(pingSentAt.advanced(byNanoseconds: limits.keepaliveTimeoutNanoseconds))
        } else if hasReceivedSettings {
            consider(lastReceived.advanced(byNanoseconds: limits.keepaliveNanoseconds))
        }
        if !isAskedToGo {
            consider(expiresAt)
            consider(idleEnd)
        }
        consider(cutAt)
        return max(next, now.advanced(byNanoseconds: ConnectionLife.shortestPause))
    }
}
