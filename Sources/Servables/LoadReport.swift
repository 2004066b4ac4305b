import ServingCore

/// What became of one attempt to load a version.
public struct LoadReport: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case loaded
        case failed(Status)
        /// Nobody wanted the version any more.
        case cancelled
    }

    public let id: ServableID
    /// The version's directory.
    public let path: String
    public let outcome: Outcome
    /// From the start of the attempt to its end, the warm-up included.
    public let nanoseconds: UInt64

    public init(id: ServableID, path: String, outcome: Outcome, nanoseconds: UInt64) {
        self.id = id
        self.path = path
        self.outcome = outcome
        self.nanoseconds = nanoseconds
    }
}

extension ServableManager {
    /// Calls `body` after every attempt to load, on the thread that loaded and before the version is served; it must be
    /// quick. A later body replaces the earlier one.
    public func observeLoads(_ body: @escaping @Sendable (LoadReport) -> Void) {
        control.withLock { $0.loadObserver = body }
    }
}
