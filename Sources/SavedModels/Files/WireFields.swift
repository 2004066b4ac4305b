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

    init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

    /// Where the next field begins.
    var position: Int { cursor.position }

    /// The next field's number and value; nil at the end or where the bytes are malformed.
    mutating func next() -> (number: Int, value: Value)? {
        guard !cursor.isAtEnd, !isMalformed else { return nil }
        guard let tag = cursor.varint(), let number = Int(exactly: tag >> 3), number > 0, number < 1 << 29,
            let value = value(wireType: tag & 7)
        else {
            isMalformed = true
            return nil
        }
        return (number, value)
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
