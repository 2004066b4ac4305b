import Glibc

/// Writes protobuf's binary form, for answers that are put together without message structs.
///
/// It grows memory of its own, or fills memory that the caller has measured before.
public struct WireWriter: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity: Int
    private let ownsMemory: Bool
    /// Bytes written so far.
    public private(set) var count = 0

    /// A writer with memory of its own.
    public init(capacity: Int = 0) {
        base = nil
        self.capacity = 0
        ownsMemory = true
        if capacity > 0 { makeRoom(for: capacity) }
    }

    /// A writer into `memory`; writing beyond its end is a programming error.
    public init(into memory: UnsafeMutableRawBufferPointer) {
        base = memory.baseAddress
        capacity = memory.count
        ownsMemory = false
    }

    deinit {
        if ownsMemory { free(base) }
    }

    /// A copy of what has been written.
    public var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: count)) }

    public mutating func reserve(_ additional: Int) {
        if additional > capacity - count { makeRoom(for: additional) }
    }

    private mutating func makeRoom(for additional: Int) {
        precondition(ownsMemory, "\(additional) more bytes do not fit behind the \(count) of \(capacity)")
        let wanted = max(count + additional, capacity * 2, 64)
        guard let larger = realloc(base, wanted) else { preconditionFailure("no memory for \(wanted) bytes") }
        base = larger
        capacity = wanted
    }

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
        reserve(WireWriter.size(varint: value))
        guard let base else { return }
        var rest = value
        while rest >= 0x80 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            count += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    public mutating func append(raw data: UnsafeRawBufferPointer) {
        guard let source = data.baseAddress, data.count > 0 else { return }
        reserve(data.count)
        memcpy(base! + count, source, data.count)
        count += data.count
    }

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
