import CNghttp2
import ServingCore

extension HTTP2Connection {
    private static let housekeepingNanoseconds: UInt64 = 5_000_000_000

    func scheduleHousekeeping() {
        let interval = min(HTTP2Connection.housekeepingNanoseconds, template.limits.handshakeNanoseconds)
        loop.schedule(housekeeping, at: loop.now.advanced(byNanoseconds: interval))
    }

    package func timerFired(_ timer: LoopTimer) {
        if timer === drainTimer { return sendFinalGoaway() }
        guard phase != .lingering else { return close() }
        if isGivenUp(at: loop.now) { return close() }
        askForLife(at: loop.now)
        scheduleHousekeeping()
    }

    /// True if the peer never began to speak HTTP/2, doesn't take what it is owed, or left a PING without answer.
    private func isGivenUp(at now: Instant) -> Bool {
        let limits = template.limits
        if !hasReceivedSettings, now.nanoseconds(since: openedAt) >= limits.handshakeNanoseconds { return true }
        if isBlocked || owedBytes > 0 {
            if now.nanoseconds(since: lastProgress) >= limits.stallNanoseconds { return true }
        } else {
            lastProgress = now
        }
        guard let pingSentAt else { return false }
        return now.nanoseconds(since: pingSentAt) >= limits.keepaliveTimeoutNanoseconds
    }

    private func askForLife(at now: Instant) {
        guard let session, phase == .open, hasReceivedSettings, pingSentAt == nil else { return }
        guard now.nanoseconds(since: lastReceived) >= template.limits.keepaliveNanoseconds else { return }
        pingSentAt = now
        nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
        flushSoon()
    }

    /// The server ends: calls that would last are ended, and the peer is asked to go elsewhere.
    func serverDrains() {
        handler?.serverDrains()
        drain()
    }

    /// Asks the peer to go elsewhere: a GOAWAY that still accepts every stream, a round trip later one with the last
    /// stream that was accepted. The connection closes when its streams are answered.
    package func drain() {
        guard let session, phase == .open, drainPhase == .none else { return }
        drainPhase = .warned
        guard hasReceivedSettings, nghttp2_submit_shutdown_notice(session) == 0 else { return sendFinalGoaway() }
        loop.schedule(drainTimer, at: loop.now.advanced(byNanoseconds: template.limits.drainRoundTripNanoseconds))
        flushSoon()
    }

    /// The warning is on its way. The PING goes behind it, so that its answer shows that the peer has read the warning.
    func goawaySent() {
        guard let session, drainPhase == .warned else { return }
        nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    func sendFinalGoaway() {
        guard let session, phase == .open, drainPhase != .final else { return }
        drainPhase = .final
        loop.cancel(drainTimer)
        let last = nghttp2_session_get_last_proc_stream_id(session)
        nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
        flushSoon()
    }
}
