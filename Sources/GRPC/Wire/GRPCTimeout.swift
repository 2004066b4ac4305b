/// The value of `grpc-timeout`: digits (the protocol says one to eight, gRPC itself takes more, so do we) and a unit.
enum GRPCTimeout {
    /// The time in nanoseconds, which saturates; nil if `text` is malformed.
    static func nanoseconds(_ text: UnsafeRawBufferPointer) -> UInt64? {
        guard (2...19).contains(text.count), let unit = text.last else { return nil }
        var value: UInt64 = 0
        for byte in text.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        let scale: UInt64
        switch unit {
        case UInt8(ascii: "n"): scale = 1
        case UInt8(ascii: "u"): scale = 1_000
        case UInt8(ascii: "m"): scale = 1_000_000
        case UInt8(ascii: "S"): scale = 1_000_000_000
        case UInt8(ascii: "M"): scale = 60_000_000_000
        case UInt8(ascii: "H"): scale = 3_600_000_000_000
        default: return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale)
        return overflow ? .max : product
    }
}
