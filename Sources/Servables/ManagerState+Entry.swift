import ServingCore

extension ManagerState {
    /// What a version is made from.
    struct Content: Equatable {
        var path: String
        /// nil: unknown.
        var fingerprint: UInt64?

        /// Whether there is reason to believe that `other` is something else.
        func differs(from other: Content) -> Bool {
            guard path == other.path else { return true }
            guard let fingerprint, let theirs = other.fingerprint else { return false }
            return fingerprint != theirs
        }

        /// Whether it is certain that `other` is the same.
        func isCertainly(_ other: Content) -> Bool { fingerprint != nil && self == other }
    }

    /// Where the loading of a version's wanted content stands.
    enum Attempt: Equatable {
        /// Nothing is to be loaded.
        case none
        /// Waits for `decide` to start an attempt.
        case new
        case loading(copy: UInt64)
        /// An attempt failed; the next one starts at the instant, or as soon as the files change.
        case waiting(until: Instant)
        /// No further attempt until the files change.
        case failed
    }

    /// A loaded servable.
    struct Copy: Equatable {
        let number: UInt64
        let content: Content
        let byteCount: Int
        let servedAt: Instant
        /// False: kept in memory, out of the serving map.
        var isServed = true
        /// When it was put into the serving map, or taken out of it.
        var sequence: UInt64
    }

    /// A copy whose last requests are waited for, or that is being freed.
    struct Leaving: Equatable {
        let byteCount: Int
        /// Whether the version is not served any more because of it.
        let endsService: Bool
    }

    /// All that is known about one version.
    struct Entry {
        /// What was wanted last under this number.
        var wanted: Content
        var isAspired = true
        var attempt = Attempt.new
        /// What the last attempt read.
        var attempted: Content
        /// `wanted` has changed since the attempt that is running began.
        var isOverdue = false
        /// Attempts that count.
        var failures = 0
        var unsettledLoads = 0
        /// Of the last attempt.
        var status = Status.ok
        var copy: Copy?
        var leaving: [UInt64: Leaving] = [:]
        /// When it ceased to be wanted.
        var dropped: UInt64 = 0
        /// Bytes that the wanted content is going to take, an estimate; nil: not known yet.
        var size: Int?
        var isMeasuring = false
        /// It is not loaded because there is no room; `status` says more.
        var isDormant = false
        /// It is served only because a label points to it, which has been logged.
        var isHeld = false

        init(_ content: Content) {
            wanted = content
            attempted = content
        }

        var isServed: Bool { copy?.isServed == true }
        var isKept: Bool { copy?.isServed == false }
        var isLoading: Bool { if case .loading = attempt { true } else { false } }
        /// Nothing of it is in memory, and nothing is to be loaded.
        var isEmpty: Bool { copy == nil && leaving.isEmpty && attempt == .none }
        /// No attempt has come to an end.
        var isUndecided: Bool { copy == nil && !isDormant && (attempt == .new || isLoading) }

        /// Takes what the version is to be made from now.
        mutating func want(_ content: Content) {
            if isAspired && content == wanted { return }
            isAspired = true
            isHeld = false
            if isLoading && content != wanted { isOverdue = true }
            if content.differs(from: wanted) { size = nil }
            wanted = content
            switch attempt {
            case .loading: return
            case .waiting, .failed: if content.differs(from: attempted) { renew() }
            case .none: if copy.map({ content.differs(from: $0.content) }) ?? true { renew() }
            case .new: break
            }
            if let copy, !content.differs(from: copy.content) { abandonAttempt() }
        }

        /// Gives it all its attempts.
        mutating func renew() {
            attempt = .new
            failures = 0
            unsettledLoads = 0
        }

        /// Nothing is to be loaded any more.
        mutating func abandonAttempt() {
            attempt = .none
            failures = 0
            unsettledLoads = 0
            isDormant = false
            status = .ok
        }
    }
}
