import ServingCore
import Threading

/// Sees to it that a call is counted when it is answered.
public struct CallMonitor: Sendable {
    private let metrics: ServingMetrics
    private let method: ServingMethod
    private let entryPoint: EntryPoint
    private let start: UInt64

    private static let clock = SystemClock()

    /// The call has just arrived.
    public init(_ metrics: ServingMetrics, _ method: ServingMethod, _ entryPoint: EntryPoint) {
        self.metrics = metrics
        self.method = method
        self.entryPoint = entryPoint
        start = CallMonitor.clock.nanoseconds()
    }

    /// Keeps the error that the call is answered with for whoever looks for its cause.
    func keep(_ status: Status, _ facts: ServingFacts?) {
        metrics.recentErrors.keep(status, model: facts?.model ?? "", method, entryPoint)
    }

    /// Counts the call.
    /// - Parameters:
    ///   - code: of the answer.
    ///   - deadline: of the call; nobody was told the answer if it has been cancelled.
    public func end(
        _ code: StatusCode, _ facts: ServingFacts?, deadline: Deadline = .never, cancellation: CancellationFlag? = nil
    ) {
        let now = CallMonitor.clock.nanoseconds()
        var seen = code
        if cancellation?.isCancelled == true {
            seen = deadline.hasPassed(at: Instant(nanoseconds: now)) ? .deadlineExceeded : .cancelled
        }
        metrics.record(
            ServingMetrics.Outcome(
                method: method, entryPoint: entryPoint, code: seen, facts: facts, nanoseconds: now &- start))
    }
}
