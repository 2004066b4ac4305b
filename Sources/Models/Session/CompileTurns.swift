/// Lets one thread at a time compile for a model. Those who come meanwhile leave a message instead of waiting, so that
/// clients who ask for ever new programs keep one thread busy and not all.
struct CompileTurns {
    typealias Resume = @Sendable () -> Void

    enum Answer {
        /// The turn has begun; `end` must follow.
        case begun
        /// The caller will be called again.
        case parked
        /// Too many wait already.
        case refused
    }

    static let maximumParked = 64

    private var isTaken = false
    private var parked: [Resume] = []

    /// - Parameter resume: called after a turn has ended; the caller then looks again whether it needs one.
    mutating func begin(_ resume: @escaping Resume) -> Answer {
        guard isTaken else {
            isTaken = true
            return .begun
        }
        guard parked.count < CompileTurns.maximumParked else { return .refused }
        parked.append(resume)
        return .parked
    }

    /// Ends the turn; returns what is to be called.
    mutating func end() -> [Resume] {
        isTaken = false
        defer { parked = [] }
        return parked
    }
}
