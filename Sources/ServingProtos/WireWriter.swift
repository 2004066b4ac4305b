/// Writes protobuf's binary form, for answers that are put together without message structs.
public struct WireWriter {
    public private(set) var bytes: [UInt8]

    public init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    public mutating func reserve(_ additional: Int) { bytes.reserveCapacity(bytes.count + additional) }

    // MARK: Sizes

    /// Bytes of `value` as a varint.
    @inlinable public static func size(varint value: UInt64) -> Int {
        // Seven bits per byte; zero takes one.
        (64 - (value | 1).leadingZeroBitCount + 6) / 7
    }

    /// Bytes of a field's tag.
    @inlinable public static func size(tag number: Int) -> Int { size(varint: UInt64(number) << 3) }

    /// Bytes of a length-delimited field whose content has `length` bytes.
    @inlinable public static func size(field number: Int, length: Int) -> Int {
        size(tag: number) + size(varint: UInt64(length)) + length
    }

    // MARK: Pieces

    public mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    public mutating func append(raw data: UnsafeRawBufferPointer) { bytes.append(contentsOf: data) }

    /// The tag of a length-delimited field and its length; the content must follow.
    public mutating func appendHeader(field number: Int, length: Int) {
        append(varint: UInt64(number) << 3 | 2)
        append(varint: UInt64(length))
    }

    // MARK: Fields

    /// An `int64`, `int32`, `enum` or `bool` field; zero is left out, as proto3 does.
    public mutating func append(field number: Int, integer value: Int64) {
        append(field: number, unsigned: UInt64(bitPattern: value))
    }

    /// A `uint64` or `uint32` field; zero is left out.
    public mutating func append(field number: Int, unsigned value: UInt64) {
        guard value != 0 else { return }
        append(varint: UInt64(number) << 3)
        append(varint: value)
    }

    /// A `bool` field; false is left out.
    public mutating func append(field number: Int, bool value: Bool) { append(field: number, unsigned: value ? 1 : 0) }

    /// A `float` field; positive zero is left out.
    public mutating func append(field number: Int, float value: Float) {
        guard value.bitPattern != 0 else { return }
        append(varint: UInt64(number) << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { append(raw: $0) }
    }

    /// A `double` field; positive zero is left out.
    public mutating func append(field number: Int, double value: Double) {
        guard value.bitPattern != 0 else { return }
        append(varint: UInt64(number) << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { append(raw: $0) }
    }

    /// A `string` field; the empty text is left out.
    public mutating func append(field number: Int, string value: String) {
        guard !value.isEmpty else { return }
        var value = value
        value.withUTF8 { append(field: number, message: UnsafeRawBufferPointer($0)) }
    }

    /// A `bytes` field or an encoded message; written even if it is empty.
    public mutating func append(field number: Int, message content: UnsafeRawBufferPointer) {
        appendHeader(field: number, length: content.count)
        append(raw: content)
    }

    /// A `bytes` field or an encoded message; written even if it is empty.
    public mutating func append(field number: Int, message content: [UInt8]) {
        content.withUnsafeBytes { append(field: number, message: $0) }
    }
}
