import ServingCore

/// How far a connection is with its present request, and what has to happen if that lasts too long; pure decisions on
/// injected time.
struct HTTP1Life {
    enum Phase: Equatable {
        /// Between two requests.
        case idle
        case header
        case body
        /// A handler has the request.
        case handling
        case answering
        /// The connection is about to be closed; nothing more is done with it.
        case ended
    }

    enum Verdict: Equatable {
        case nothing
        /// Look whether the client is still there.
        case lookAtPeer
        /// Nobody waits for an answer.
        case close
        /// Answer with that and close.
        case refuse(HTTPRefusal)
        /// Answer in place of the handler, which is too late.
        case expire
    }

    private(set) var phase = Phase.header
    private var since: Instant
    private var transferredBytes = 0
    private var deadline = Deadline.never

    /// - Parameter now: when the first byte was seen.
    init(at now: Instant) { since = now }

    private mutating func enter(_ phase: Phase, at now: Instant) {
        guard self.phase != .ended else { return }
        self.phase = phase
        since = now
        transferredBytes = 0
    }

    /// The first line of a request has come.
    mutating func requestBegins(at now: Instant) { enter(.header, at: now) }

    mutating func bodyBegins(at now: Instant) { enter(.body, at: now) }

    mutating func received(_ byteCount: Int) { transferredBytes &+= byteCount }

    mutating func handlingBegins(at now: Instant, deadline: Deadline) {
        enter(.handling, at: now)
        self.deadline = deadline
    }

    mutating func answerBegins(_ byteCount: Int, at now: Instant) {
        enter(.answering, at: now)
        transferredBytes = byteCount
    }

    mutating func requestEnds(at now: Instant) { enter(.idle, at: now) }

    mutating func end() { phase = .ended }

    func verdict(at now: Instant, _ limits: HTTPTimeLimits, isDraining: Bool) -> Verdict {
        let age = now.nanoseconds(since: since)
        switch phase {
        case .idle: return isDraining || age >= limits.idleNanoseconds ? .close : .nothing
        case .header: return age >= limits.headerNanoseconds ? .refuse(.headerTooLate) : .nothing
        case .body: return age >= limits.transfer(transferredBytes) ? .refuse(.bodyTooLate) : .nothing
        case .handling: return deadline.hasPassed(at: now) ? .expire : .lookAtPeer
        case .answering: return age >= limits.transfer(transferredBytes) ? .close : .nothing
        case .ended: return .nothing
        }
    }
}
