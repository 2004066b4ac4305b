/// One step of a trace, on its way to a collector.
public struct Span: Sendable, Hashable {
    /// What the step is to its parent; raw values are OTLP's.
    public enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
    }

    public enum Value: Sendable, Hashable {
        case text(String)
        case integer(Int64)
    }

    public struct Attribute: Sendable, Hashable {
        public var key: String
        public var value: Value

        public init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    public var traceID: TraceContext.TraceID
    public var id: UInt64
    /// Nil: it is the first of its trace.
    public var parent: UInt64?
    public var name: String
    public var kind: Kind
    /// Nanoseconds since 1970.
    public var start: Int64
    public var nanoseconds: UInt64
    public var attributes: [Attribute] = []
    /// What went wrong on this side; nil: nothing.
    public var failure: String?

    public init(
        traceID: TraceContext.TraceID, id: UInt64, parent: UInt64?, name: String, kind: Kind, start: Int64,
        nanoseconds: UInt64
    ) {
        self.traceID = traceID
        self.id = id
        self.parent = parent
        self.name = name
        self.kind = kind
        self.start = start
        self.nanoseconds = nanoseconds
    }

    /// Nanoseconds since 1970.
    var end: Int64 { start &+ Int64(clamping: nanoseconds) }
}
