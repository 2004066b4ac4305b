import ServingCore
import Threading
import Tracing

/// Sees to it that a call is counted when it is answered, and written down if it is one of those that are.
public struct CallMonitor: Sendable {
    private let metrics: ServingMetrics?
    private let method: ServingMethod
    private let entryPoint: EntryPoint
    private let start: UInt64
    private let trace: CallTrace?
    private let requestBytes: Int

    private static let clock = SystemClock()

    /// The call has just arrived.
    /// - Parameters:
    ///   - trace: where it is written down; nil: nowhere.
    ///   - requestBytes: of its message or body.
    public init(
        _ metrics: ServingMetrics?, _ method: ServingMethod, _ entryPoint: EntryPoint, trace: CallTrace? = nil,
        requestBytes: Int = 0
    ) {
        self.metrics = metrics
        self.method = method
        self.entryPoint = entryPoint
        self.trace = trace
        self.requestBytes = requestBytes
        start = CallMonitor.clock.nanoseconds()
    }

    /// Keeps the error that the call is answered with for whoever looks for its cause.
    func keep(_ status: Status, _ facts: ServingFacts?) {
        metrics?.recentErrors.keep(status, model: facts?.model ?? "", method, entryPoint)
    }

    /// Counts the call.
    /// - Parameters:
    ///   - code: of the answer.
    ///   - deadline: of the call; nobody was told the answer if it has been cancelled.
    ///   - answerBytes: of the message of the answer; nil if there is none.
    public func end(
        _ code: StatusCode, _ facts: ServingFacts?, deadline: Deadline = .never, cancellation: CancellationFlag? = nil,
        answerBytes: Int? = nil
    ) {
        let now = CallMonitor.clock.nanoseconds()
        var seen = code
        if cancellation?.isCancelled == true {
            seen = deadline.hasPassed(at: Instant(nanoseconds: now)) ? .deadlineExceeded : .cancelled
        }
        let nanoseconds = now &- start
        metrics?.record(
            ServingMetrics.Outcome(
                method: method, entryPoint: entryPoint, code: seen, facts: facts, nanoseconds: nanoseconds))
        if let trace { writeDown(trace, seen, facts, nanoseconds, answerBytes) }
    }

    private func writeDown(
        _ trace: CallTrace, _ code: StatusCode, _ facts: ServingFacts?, _ nanoseconds: UInt64, _ answerBytes: Int?
    ) {
        var entry = AccessEntry(
            method: method.name, transport: entryPoint.transport, model: facts?.model ?? "", version: facts?.version,
            signature: facts?.signatureName ?? "", code: code.name, nanoseconds: nanoseconds,
            requestBytes: requestBytes)
        // Over REST the message becomes something else on its way.
        entry.answerBytes = entryPoint == .grpc ? answerBytes : nil
        if let timings = facts?.timings {
            entry.queueNanoseconds = timings.queueNanoseconds
            entry.computeNanoseconds = timings.computeNanoseconds
            entry.batchSize = timings.batchSize > 0 ? timings.batchSize : nil
        }
        trace.end(entry, failure: code.isFaultOfServer ? code.name : nil)
    }
}

extension StatusCode {
    /// Whether a span with this code is one that has failed, by OpenTelemetry's rule for servers.
    fileprivate var isFaultOfServer: Bool {
        switch self {
        case .unknown, .deadlineExceeded, .unimplemented, .internalError, .unavailable, .dataLoss: true
        default: false
        }
    }
}

extension ServiceContext {
    /// What sees to it that a call that has just arrived is counted; nil: nobody does.
    /// - Parameter field: the value of a field of metadata or of a header by its name in lower case; nil without such a field.
    public func monitor(
        _ method: ServingMethod, _ entryPoint: EntryPoint, requestBytes: Int, _ field: (String) -> String?
    ) -> CallMonitor? {
        let trace = tracing?.begin(traceparent: field("traceparent"))
        guard metrics != nil || trace != nil else { return nil }
        return CallMonitor(metrics, method, entryPoint, trace: trace, requestBytes: requestBytes)
    }
}
