import CNghttp2
import ServingCore

extension HTTP2Connection {
    func scheduleHousekeeping() { loop.schedule(housekeeping, at: life.nextLook(after: loop.now)) }

    package func timerFired(_ timer: LoopTimer) {
        if timer === drainTimer { return sendFinalGoaway() }
        guard phase != .lingering else { return close() }
        switch life.decide(at: loop.now, owes: isBlocked || owedBytes > 0, isOpen: phase == .open) {
        case .nothing: break
        case .ping: sendPing()
        case .goAway: drain()
        case .close: return close()
        }
        scheduleHousekeeping()
    }

    private func sendPing() {
        guard let session else { return }
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
        // Whoever has just connected may have sent requests already, but a peer that is silent is not waited for.
        let roundTrip = template.limits.drainRoundTripNanoseconds
        guard !life.isSilent(at: loop.now, for: roundTrip), nghttp2_submit_shutdown_notice(session) == 0 else {
            return sendFinalGoaway()
        }
        loop.schedule(drainTimer, at: loop.now.advanced(byNanoseconds: roundTrip))
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
