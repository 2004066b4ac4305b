/// How the manager loads and unloads.
public struct ManagerOptions: Sendable {
    /// Threads that load; at least 1. Loads never run anywhere else.
    public var loadThreads = 2
    public var unloadThreads = 1
    /// Attempts after the first one, for errors that may pass.
    public var maximumLoadRetries = 5
    /// Between two attempts; less than 0 means no wait.
    public var loadRetryIntervalMicroseconds: Int64 = 60_000_000

    public var transition = TransitionPolicy.availabilityPreserving
    /// Versions of a model that stay in memory after others have replaced them.
    public var keptVersions = 0

    /// Bytes that all loaded versions together may take; nil: no limit.
    public var memoryBudget: Int?
    /// Models that are never unloaded to make room for others.
    public var pinned: Set<String> = []

    public init() {}

    var retryPolicy: RetryPolicy {
        let micros = UInt64(max(0, loadRetryIntervalMicroseconds))
        let (nanoseconds, overflow) = micros.multipliedReportingOverflow(by: 1000)
        return RetryPolicy(
            maximumRetries: max(0, maximumLoadRetries), interval: overflow ? .max : nanoseconds)
    }
}
