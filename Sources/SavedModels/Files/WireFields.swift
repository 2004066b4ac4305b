/// Walks over the fields of one serialised protobuf message in place, without unpacking it.
///
/// For what is looked at without building a message: the entries of a checkpoint index, of which there may be very many,
/// and the outline of a large `saved_model.pb`.
struct WireFields {
    /// One field as it stands in the bytes.
    enum Value {
        case number(UInt64)
        case fixed64(UInt64)
        case bytes(UnsafeRawBufferPointer)
        case fixed32(UInt32)
    }

    private var cursor: ByteCursor
    /// True once the bytes turned out not to be a message; `next` then answers nil.
    private(set) var isMalformed = false

    /// True if the bytes are malformed in that they end too early, as those of a file that is still being copied.
    private(set) var isCutOff = false

    init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

    /// Where the next field begins.
    var position: Int { cursor.position }

    /// The next field's number and value; nil at the end or where the bytes are malformed.
    mutating func next() -> (number: Int, value: Value)? {
        guard !cursor.isAtEnd, !isMalformed else { return nil }
        guard let tag = cursor.varint() else { return fail(isCutOff: cursor.isAtEnd) }
        let wireType = tag & 7
        guard tag >> 3 > 0, tag >> 3 < 1 << 29, [0, 1, 2, 5].contains(wireType) else { return fail(isCutOff: false) }
        // A malformed number in the middle is no sign of a missing end, but a length that reaches beyond the end is.
        guard let value = value(wireType: wireType) else { return fail(isCutOff: wireType != 0 || cursor.isAtEnd) }
        return (Int(tag >> 3), value)
    }

    private mutating func fail(isCutOff: Bool) -> (number: Int, value: Value)? {
        isMalformed = true
        self.isCutOff = isCutOff
        return nil
    }

    private mutating func value(wireType: UInt64) -> Value? {
        switch wireType {
        case 0: cursor.varint().map { .number($0) }
        case 1: cursor.fixed64().map { .fixed64($0) }
        case 2: cursor.count().flatMap { cursor.take($0) }.map { .bytes($0) }
        case 5: cursor.fixed32().map { .fixed32($0) }
        default: nil
        }
    }
}
