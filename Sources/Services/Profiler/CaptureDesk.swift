/// Which capture is under way; one at a time.
struct CaptureDesk {
    enum Admission: Equatable {
        case admitted
        case busy
        case closed
    }

    private var isBusy = false
    /// What the current capture can be terminated by; nil: nothing.
    private var session: String?
    private var isTerminated = false
    private var isClosed = false

    /// Whether the current capture must answer now.
    var mustEnd: Bool { isTerminated || isClosed }

    mutating func begin(session: String?) -> Admission {
        guard !isClosed else { return .closed }
        guard !isBusy else { return .busy }
        isBusy = true
        self.session = session
        isTerminated = false
        return .admitted
    }

    /// Ends the current capture if it belongs to `session`.
    mutating func terminate(session: String) { if isBusy, self.session == session { isTerminated = true } }

    /// Ends the current capture and takes no more.
    mutating func close() { isClosed = true }

    mutating func end() { isBusy = false }
}
