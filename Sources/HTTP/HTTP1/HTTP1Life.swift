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

    /// What follows from a peer that sends nothing more.
    enum Farewell: Equatable {
        case nothing
        /// Nobody waits for the answer that a handler works on.
        case cancel
        /// The request will never be complete, or none will follow.
        case close
    }

    /// Two that are equal have no progress between them.
    private struct Progress: Equatable {
        var since: Instant
        var transferredBytes = 0
    }

    private(set) var phase = Phase.header
    private var progress: Progress
    /// How far the connection was when the peer was first seen to send nothing more.
    private var suspicion: Progress?
    private var deadline = Deadline.never

    /// - Parameter now: when the first byte was seen.
    init(at now: Instant) { progress = Progress(since: now) }

    private mutating func enter(_ phase: Phase, at now: Instant) {
        guard self.phase != .ended else { return }
        self.phase = phase
        progress = Progress(since: now)
    }

    /// The first line of a request has come.
    mutating func requestBegins(at now: Instant) { enter(.header, at: now) }

    mutating func bodyBegins(at now: Instant) { enter(.body, at: now) }

    mutating func received(_ byteCount: Int) { progress.transferredBytes &+= byteCount }

    mutating func handlingBegins(at now: Instant, deadline: Deadline) {
        enter(.handling, at: now)
        self.deadline = deadline
    }

    mutating func answerBegins(_ byteCount: Int, at now: Instant) {
        enter(.answering, at: now)
        progress.transferredBytes = byteCount
    }

    mutating func requestEnds(at now: Instant) { enter(.idle, at: now) }

    mutating func end() { phase = .ended }

    /// - Parameter looksAtAll: it is time to look after those, too, with whom nothing seems to be wrong.
    func verdict(at now: Instant, _ limits: HTTPTimeLimits, isDraining: Bool, looksAtAll: Bool = false) -> Verdict {
        let age = now.nanoseconds(since: progress.since)
        let quiet = looksAtAll ? Verdict.lookAtPeer : .nothing
        switch phase {
        case .idle: return isDraining || age >= limits.idleNanoseconds ? .close : quiet
        case .header: return age >= limits.headerNanoseconds ? .refuse(.headerTooLate) : quiet
        case .body: return age >= limits.transfer(progress.transferredBytes) ? .refuse(.bodyTooLate) : quiet
        case .handling: return deadline.hasPassed(at: now) ? .expire : .lookAtPeer
        case .answering: return age >= limits.transfer(progress.transferredBytes) ? .close : .nothing
        case .ended: return .nothing
        }
    }
    /// The peer has closed its side. The library may miss that when it comes together with the last bytes; what it has read
    /// but not used yet shows as progress until the next look.
    /// - Parameter hasUnreadBytes: whether bytes wait that the library has not read.
    mutating func peerHungUp(hasUnreadBytes: Bool) -> Farewell {
        switch phase {
        case .handling: return .cancel
        case .answering, .ended: return .nothing
        case .idle, .header, .body:
            guard !hasUnreadBytes, suspicion == progress else {
                suspicion = progress
                return .nothing
            }
            return .close
        }
    }
}
