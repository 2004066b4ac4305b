import ServingCore

/// Strings in a `tensor_content`: all lengths as varints, then the bytes of all strings, and nothing behind them; checked.
struct StringContent {
    private let bytes: UnsafeRawBufferPointer
    /// Where the bytes of the first string are.
    private let start: Int
    /// Bytes of all strings.
    var byteCount: Int { bytes.count - start }

    /// Throws INVALID_ARGUMENT unless `bytes` are exactly `count` strings.
    init(checking bytes: UnsafeRawBufferPointer, count: Int) throws(Status) {
        // Every string takes at least the byte of its length.
        guard count <= bytes.count else {
            throw .invalidArgument(
                "tensor_content has \(bytes.count) bytes, too few for the lengths of \(count) strings")
        }
        var at = 0
        var total = 0
        for index in 0..<count {
            guard let length = StringContent.readLength(bytes, &at), length <= bytes.count else {
                throw .invalidArgument("tensor_content: the length of string \(index) is malformed")
            }
            total += length
            guard total <= bytes.count else {
                throw .invalidArgument("tensor_content: string \(index) reaches beyond the end")
            }
        }
        guard bytes.count - at == total else {
            throw .invalidArgument(
                "tensor_content: \(bytes.count - at) bytes follow the lengths, which add up to \(total)")
        }
        self.bytes = bytes
        start = at
    }

    /// Calls `body` with each string in `range`, in order.
    func forEach(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
        var at = 0
        var offset = start
        for index in 0..<range.upperBound {
            // Checked when this was made.
            let length = StringContent.readLength(bytes, &at) ?? 0
            if index >= range.lowerBound {
                body(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
            }
            offset += length
        }
    }

    /// A varint of at most 32 bits.
    private static func readLength(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> Int? {
        var value: UInt64 = 0
        for step in 0..<5 {
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << UInt64(7 * step)
            if byte < 0x80 { return value <= UInt32.max ? Int(value) : nil }
        }
        return nil
    }
}
