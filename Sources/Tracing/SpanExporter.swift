import ServingCore
import Threading

/// Sends spans to a collector in batches, on a thread of its own. Who adds spans never waits; what finds no room is dropped.
public final class SpanExporter: Sendable {
    /// What became of spans.
    public struct Counts: Sendable, Hashable {
        public var exported: UInt64 = 0
        /// There was no room for them.
        public var dropped: UInt64 = 0
        /// The collector did not take them.
        public var failed: UInt64 = 0
    }

    /// Sends a document. Throws why it did not get there.
    public typealias Send = @Sendable ([UInt8]) throws(Status) -> Void

    private struct State {
        var queue: SpanQueue
        var counts = Counts()
        var isStopped = false
        var hasEnded = false
    }

    private let state: ConditionLock<State>
    private let document: OTLPDocument
    private let send: Send
    private let period: UInt64
    private let clock: any Clock

    /// Spans that may wait.
    static let queueLimit = 8192
    /// Spans of one export.
    static let batchLimit = 512
    /// How long a span waits for others, nanoseconds.
    static let standardPeriod: UInt64 = 2_000_000_000

    /// Sends to the collector that `settings` name; nil if they name none.
    /// - Parameter version: the server's.
    public convenience init?(_ settings: TracingSettings, version: String) {
        guard let collector = settings.collector else { return nil }
        let connection = CollectorConnection(address: collector, headers: settings.headers)
        self.init(resource: settings.resource, version: version) { [timeout = settings.timeout] (body) throws(Status) in
            let (deadline, overflow) = SystemClock().nanoseconds().addingReportingOverflow(timeout)
            let status = try connection.post(
                body, contentType: "application/json", untilNanoseconds: overflow ? .max : deadline)
            guard (200..<300).contains(status) else {
                throw .unavailable("\(collector.hostField)\(collector.path) answered with HTTP status \(status)")
            }
        }
    }

    /// Starts the thread.
    /// - Parameters:
    ///   - period: how long a span waits for others, nanoseconds.
    ///   - send: called on the thread, with one document at a time.
    init(
        resource: [Span.Attribute], version: String, queueLimit: Int = SpanExporter.queueLimit,
        batchLimit: Int = SpanExporter.batchLimit, period: UInt64 = SpanExporter.standardPeriod,
        clock: any Clock = SystemClock(), send: @escaping Send
    ) {
        state = ConditionLock(State(queue: SpanQueue(limit: queueLimit, batchLimit: batchLimit)))
        document = OTLPDocument(resource: resource, version: version)
        self.send = send
        self.period = period
        self.clock = clock
        _ = Thread(name: "spans", niceness: 10) { [self] in run() }
    }

    /// Has `spans` exported soon, all of them or none.
    public func add(_ spans: [Span]) {
        let wakes = state.withLock { state in
            guard !state.isStopped else { return false }
            let hadBatch = state.queue.hasBatch
            state.queue.offer(spans)
            return state.queue.hasBatch && !hadBatch
        }
        if wakes { state.withLockNotifyingAll { _ in } }
    }

    public var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.dropped = state.queue.dropped
            return counts
        }
    }

    /// Exports what waits, and ends the thread.
    /// - Parameter deadline: nanoseconds on the monotonic clock; the collector may not answer.
    public func stop(untilNanoseconds deadline: UInt64) {
        state.withLockNotifyingAll { $0.isStopped = true }
        _ = state.wait(untilNanoseconds: deadline) { $0.hasEnded ? () : nil }
    }

    private func run() {
        var complaint: String?
        while let batch = nextBatch() {
            guard !batch.isEmpty else { continue }
            let problem = export(batch)
            // An error that lasts is told once.
            if let problem, complaint == nil {
                Log.warning("Spans can't be exported and are dropped: \(problem.message)")
            } else if problem == nil, complaint != nil {
                Log.info("Spans are exported again")
            }
            complaint = problem?.message
        }
        state.withLockNotifyingAll { $0.hasEnded = true }
    }

    /// Waits for a full batch or for the end of the period; nil: stopped, and nothing is left.
    private func nextBatch() -> [Span]? {
        let (end, overflow) = clock.nanoseconds().addingReportingOverflow(period)
        _ = state.wait(untilNanoseconds: overflow ? .max : end) { $0.isStopped || $0.queue.hasBatch ? () : nil }
        return state.withLock { state in
            let batch = state.queue.takeBatch()
            return batch.isEmpty && state.isStopped ? nil : batch
        }
    }

    private func export(_ batch: [Span]) -> Status? {
        do throws(Status) {
            try send(document.encode(batch))
            state.withLock { $0.counts.exported += UInt64(batch.count) }
            return nil
        } catch {
            state.withLock { $0.counts.failed += UInt64(batch.count) }
            return error
        }
    }
}
