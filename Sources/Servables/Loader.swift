import ServingCore

/// What a failed load says about the next attempt.
public enum LoadFailureKind: Sendable, Hashable {
    /// Files are still arriving: looked at again until they are all there, without counting as a failure.
    case incomplete
    /// It may work next time (a file system error, memory): tried again as often as the flags allow.
    case transient
    /// The files themselves are wrong: not tried again until they change.
    case permanent
}

/// Turns one version directory into a servable, on a load thread.
///
/// One loader is made for each attempt; it outlives the servable, so it keeps little more than its path. `load` is called at most once; `unload` only after `load` has returned a
/// servable, when the last request that used it has been answered.
public protocol Loader: Sendable {
    /// Reads, builds and warms up the servable. May take minutes.
    func load() throws(Status) -> any Servable

    /// The same, but gives up with `Status.loadingCancelled` where it can once `isWanted` has become false.
    func load(isWanted: @escaping @Sendable () -> Bool) throws(Status) -> any Servable

    /// Says what `failure`, thrown by `load`, means for another attempt.
    func failureKind(of failure: Status) -> LoadFailureKind

    /// Gives back what the servable holds beyond its memory; the manager drops its reference right after it.
    func unload(_ servable: any Servable)

    /// A number that changes whenever the files change that `load` reads; nil if they cannot be looked at.
    func fingerprint() -> UInt64?

    /// About how many bytes the servable will hold, without loading it; nil if that cannot be told.
    func estimatedByteCount() -> Int?
}

extension Loader {
    /// Errors that name a transient cause may pass; all others lie in the files.
    public func failureKind(of failure: Status) -> LoadFailureKind {
        switch failure.code {
        case .unavailable, .resourceExhausted, .deadlineExceeded, .aborted, .cancelled, .permissionDenied, .unknown:
            .transient
        default: .permanent
        }
    }

    public func unload(_ servable: any Servable) {}

    /// Pays no attention to whether it is wanted.
    public func load(isWanted: @escaping @Sendable () -> Bool) throws(Status) -> any Servable { try load() }

    public func estimatedByteCount() -> Int? { nil }
}

extension Status {
    /// What a load ends with that was given up because nobody wants the version any more.
    public static let loadingCancelled = Status(.cancelled, "Loading of servable cancelled")
}
