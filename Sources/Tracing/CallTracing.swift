import ServingCore

/// Decides of which requests the access log tells and which are traced, and writes down what became of them.
public final class CallTracing: Sendable {
    /// Has an entry of the access log written.
    public typealias AccessLog = @Sendable (AccessEntry) -> Void

    private let accessLog: AccessLog?
    private let accessShare: Double
    private let exporter: SpanExporter?
    private let sampler: TraceSampler
    private let random = RandomNumbers()

    /// - Parameters:
    ///   - accessShare: the share of the requests that the access log tells of, from 0 to 1.
    ///   - exporter: nil: nothing is traced.
    public init(
        accessShare: Double = 0, accessLog: AccessLog? = nil, exporter: SpanExporter? = nil,
        sampler: TraceSampler = TraceSampler()
    ) {
        self.accessShare = accessShare
        self.accessLog = accessShare > 0 ? accessLog : nil
        self.exporter = exporter
        self.sampler = sampler
    }

    /// Whether there is anything to decide.
    public var isOn: Bool { accessLog != nil || exporter != nil }

    /// Of a request that has just arrived.
    /// - Parameter traceparent: what the caller says of its trace; nil: nothing.
    /// - Returns: nil if nothing is to be written down.
    public func begin(traceparent: @autoclosure () -> String?) -> CallTrace? {
        let isLogged = accessLog != nil && (accessShare >= 1 || random.nextShare() < accessShare)
        guard isLogged || exporter != nil else { return nil }
        let parent = traceparent().flatMap { TraceContext(traceparent: $0) }
        let traceID = parent?.traceID ?? .init(high: random.nextID(), low: random.nextID())
        let isExported = exporter != nil && sampler.samples(parent, traceID)
        guard isLogged || isExported else { return nil }
        return CallTrace(
            self, traceID: parent != nil || isExported ? traceID : nil, parent: parent?.parent, id: random.nextID(),
            start: WallClock.nanoseconds(), isLogged: isLogged, isExported: isExported)
    }

    fileprivate func log(_ entry: AccessEntry) { accessLog?(entry) }

    fileprivate func export(_ spans: [Span]) { exporter?.add(spans) }

    fileprivate func makeID() -> UInt64 { random.nextID() }
}

/// One request of which something is written down.
public final class CallTrace: Sendable {
    private let tracing: CallTracing
    private let traceID: TraceContext.TraceID?
    private let parent: UInt64?
    private let id: UInt64
    /// Nanoseconds since 1970.
    private let start: Int64
    private let isLogged: Bool
    private let isExported: Bool

    fileprivate init(
        _ tracing: CallTracing, traceID: TraceContext.TraceID?, parent: UInt64?, id: UInt64, start: Int64,
        isLogged: Bool, isExported: Bool
    ) {
        self.tracing = tracing
        self.traceID = traceID
        self.parent = parent
        self.id = id
        self.start = start
        self.isLogged = isLogged
        self.isExported = isExported
    }

    /// Writes down what became of the request; to be called once.
    /// - Parameters:
    ///   - entry: without ids.
    ///   - failure: what went wrong on the side of the server; nil: nothing, or it was the caller.
    public func end(_ entry: AccessEntry, failure: String?) {
        if isLogged {
            var entry = entry
            entry.traceID = traceID?.text
            if isExported { entry.spanID = TraceContext.hexadecimal(id) }
            tracing.log(entry)
        }
        if isExported, let traceID { tracing.export(spans(traceID, entry, failure)) }
    }

    private func spans(_ traceID: TraceContext.TraceID, _ entry: AccessEntry, _ failure: String?) -> [Span] {
        var request = Span(
            traceID: traceID, id: id, parent: parent, name: "\(entry.transport) \(entry.method)", kind: .server,
            start: start, nanoseconds: entry.nanoseconds)
        request.attributes = [
            Span.Attribute("model_server.method", .text(entry.method)),
            Span.Attribute("model_server.transport", .text(entry.transport)),
            Span.Attribute("model_server.model", .text(entry.model)),
            Span.Attribute("model_server.code", .text(entry.code)),
            Span.Attribute("model_server.request_bytes", .integer(Int64(entry.requestBytes))),
        ]
        func add(_ key: String, _ value: Span.Value?) {
            if let value { request.attributes.append(Span.Attribute("model_server.\(key)", value)) }
        }
        add("version", entry.version.map(Span.Value.integer))
        add("signature", entry.signature.isEmpty ? nil : .text(entry.signature))
        add("batch_size", entry.batchSize.map { .integer(Int64($0)) })
        add("response_bytes", entry.answerBytes.map { .integer(Int64($0)) })
        request.failure = failure
        guard let queue = entry.queueNanoseconds, let compute = entry.computeNanoseconds else { return [request] }
        func step(_ name: String, _ start: Int64, _ nanoseconds: UInt64) -> Span {
            Span(
                traceID: traceID, id: tracing.makeID(), parent: id, name: name, kind: .internal, start: start,
                nanoseconds: nanoseconds)
        }
        let begin = start &+ Int64(clamping: queue)
        return [request, step("queue", start, queue), step("compute", begin, compute)]
    }
}
