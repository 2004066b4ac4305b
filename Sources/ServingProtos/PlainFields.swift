/// The fields of a message in the shortest form that protobuf's writers give them, one after the other and in place.
///
/// For messages that are read in a hurry: whatever is unusual ends the reading, and the message is to be unpacked instead.
/// Only fields 1 to 15 are known, and only numbers and what is delimited by its length.
struct PlainFields {
    private let base: UnsafePointer<UInt8>
    private var rest: Int

    /// Nil for no bytes at all, which have no address.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return nil }
        self.init(base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    private init(_ base: UnsafePointer<UInt8>, _ count: Int) {
        self.base = base + count
        rest = count
    }

    var isAtEnd: Bool { rest == 0 }

    /// Where the next byte stands.
    var position: UnsafeRawPointer { UnsafeRawPointer(base - rest) }

    @inline(__always) private mutating func byte() -> UInt8? {
        guard rest > 0 else { return nil }
        defer { rest -= 1 }
        return base[-rest]
    }

    /// The tag of the next field if it stands in one byte; nil also at the end.
    @inline(__always) mutating func tag() -> UInt8? {
        guard let tag = byte(), tag >= 8, tag < 0x80 else { return nil }
        return tag
    }

    /// A number below 2^63 without needless bytes.
    @inline(__always) mutating func number() -> Int? {
        guard let first = byte() else { return nil }
        guard first >= 0x80 else { return Int(first) }
        return longNumber(first)
    }

    private mutating func longNumber(_ first: UInt8) -> Int? {
        var value = Int(first & 0x7f)
        for index in 1..<9 {
            guard let next = byte() else { return nil }
            value |= Int(next & 0x7f) << (7 * index)
            if next < 0x80 { return next == 0 ? nil : value }
        }
        return nil
    }

    /// Content behind its length. The result has an address even if it is empty.
    @inline(__always) mutating func delimited() -> UnsafeRawBufferPointer? {
        guard let length = number(), length <= rest else { return nil }
        defer { rest -= length }
        return UnsafeRawBufferPointer(start: position, count: length)
    }
}

/// The first byte of fields.
enum PlainTag {
    /// Of a number.
    static func number(_ field: UInt8) -> UInt8 { field << 3 }

    /// Of content behind its length.
    static func delimited(_ field: UInt8) -> UInt8 { field << 3 | 2 }
}
