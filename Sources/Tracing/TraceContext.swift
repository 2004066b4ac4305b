/// Which trace a request belongs to, as W3C's `traceparent` tells it.
public struct TraceContext: Sendable, Hashable {
    /// 16 bytes, not all zero.
    public struct TraceID: Sendable, Hashable {
        public var high: UInt64
        public var low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        /// 32 hexadecimal digits.
        public var text: String { TraceContext.hexadecimal(high) + TraceContext.hexadecimal(low) }
    }

    public var traceID: TraceID
    /// The span that caused the request; not zero.
    public var parent: UInt64
    /// Whether the caller records the trace.
    public var isSampled: Bool

    public init(traceID: TraceID, parent: UInt64, isSampled: Bool) {
        self.traceID = traceID
        self.parent = parent
        self.isSampled = isSampled
    }

    /// The context that a header field says; nil if it is not valid, and then there is none, as W3C asks for.
    ///
    /// Versions after 00 are read as far as 00 goes.
    public init?(traceparent: String) {
        var text = traceparent
        let parsed = text.withUTF8 { TraceContext.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> TraceContext? {
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = number(bytes, 0, 2), version != 0xff, let high = number(bytes, 3, 16),
            let low = number(bytes, 19, 16), let parent = number(bytes, 36, 16), let flags = number(bytes, 53, 2)
        else { return nil }
        guard version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == dash else { return nil }
        guard high | low != 0, parent != 0 else { return nil }
        return TraceContext(traceID: TraceID(high: high, low: low), parent: parent, isSampled: flags & 1 == 1)
    }

    /// The number of `count` lower-case hexadecimal digits, which are 16 at most.
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> UInt64? {
        var number: UInt64 = 0
        for index in start..<start + count {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(bytes[index] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(bytes[index] - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    /// The field that tells somebody else of it.
    public var traceparent: String {
        "00-\(traceID.text)-\(TraceContext.hexadecimal(parent))-\(isSampled ? "01" : "00")"
    }

    /// 16 digits.
    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
