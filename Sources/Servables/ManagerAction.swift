import ServingCore

/// One attempt to load a version, and the number that the copy will have which it makes.
struct LoadAttempt: Equatable {
    let id: ServableID
    let path: String
    /// 0 is the first attempt.
    let retry: Int
    let copy: UInt64
}

/// What the manager is to do, in this order.
enum ManagerAction: Equatable {
    /// Find out how many bytes the files of a version have, on a load thread.
    case measure(ServableID, path: String)
    /// Start an attempt to load, on a load thread.
    case load(LoadAttempt)
    /// Wait for the requests of a copy that is out of the serving map, and free it.
    case unload(ServableID, copy: UInt64)
    case log(Log.Severity, String)
}

/// How an attempt to load ended.
enum LoadOutcome {
    /// `changed`: the files were not the same after the load as before it. `byteCount`: what the copy holds in memory.
    case loaded(changed: Bool, byteCount: Int = 0)
    case failed(Status, LoadFailureKind)
    /// It was not begun, because the version was not wanted any more.
    case cancelled
}

/// How often and when a failed load is tried again.
struct RetryPolicy {
    /// Attempts after the first one.
    var maximumRetries: Int = 5
    var interval: UInt64 = 60_000_000_000
    /// How long a version whose files are still arriving may stay unchanged before it is tried all the same.
    var incompleteInterval: UInt64 = 10_000_000_000
    /// Loads of files that change meanwhile which are thrown away before one is kept.
    var unsettledLoads: Int = 5
}

/// What happens first when other versions are wanted than those that are served.
public enum TransitionPolicy: String, Sendable, CaseIterable {
    /// The last good version serves until a wanted one is ready; both are in memory for a while.
    case availabilityPreserving = "availability_preserving"
    /// What is not wanted is unloaded first; nothing may be served until what is wanted has been loaded.
    case resourcePreserving = "resource_preserving"
}
