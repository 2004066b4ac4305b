/// Reads numbers and runs of bytes one after the other; nil where the bytes end too early. The bytes belong to the caller.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }
    var isAtEnd: Bool { position == bytes.count }

    /// A little-endian base-128 number of at most 64 bits.
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// A varint that counts bytes or elements.
    mutating func count() -> Int? { varint().flatMap { Int(exactly: $0) } }

    mutating func fixed32() -> UInt32? { take(4)?.loadUnaligned(as: UInt32.self).littleEndian }

    mutating func fixed64() -> UInt64? { take(8)?.loadUnaligned(as: UInt64.self).littleEndian }

    mutating func byte() -> UInt8? { take(1)?[0] }

    /// The next `count` bytes.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }
}
