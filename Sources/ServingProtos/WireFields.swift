/// The fields of an encoded message, one after the other and in place; for messages of which most is passed on as it came.
///
/// Takes what protobuf's own parsers take: fields that nobody knows are read over, groups among them, and a number may have
/// more bytes than it needs.
public struct WireFields {
    /// One field as it stands in the message.
    public struct Field {
        public let number: Int
        /// What the content is; nil for a field of another wire type, whose value is not looked at.
        public let content: UnsafeRawBufferPointer?
        /// The bytes of the whole field in the encoded message that was given, its tag included.
        public let range: Range<Int>
        /// Where the content begins.
        public let contentPosition: Int
    }

    /// Why bytes are no message.
    public struct Fault: Error, Equatable {
        /// Where in the encoded message that was given.
        public let position: Int
        public let what: String
    }

    /// How deep messages and groups may be nested within the outermost message, as in protobuf's own parsers.
    public static let maximumDepth = 100

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Where `bytes` begin in the message that was given first.
    private let origin: Int
    private let depth: Int

    /// - Parameters:
    ///   - bytes: valid while the fields are read.
    ///   - origin: what positions count from, for a message within another.
    ///   - depth: of this message; the outermost has depth 0.
    public init(_ bytes: UnsafeRawBufferPointer, origin: Int = 0, depth: Int = 0) {
        self.bytes = bytes
        self.origin = origin
        self.depth = depth
    }

    /// The next field; nil at the end. After a fault nothing more must be read.
    public mutating func next() throws(Fault) -> Field? {
        guard position < bytes.count else { return nil }
        let start = position
        let (number, wireType) = try tag()
        guard wireType == 2 else {
            try skip(number, wireType, depth)
            return Field(
                number: number, content: nil, range: origin + start..<origin + position,
                contentPosition: origin + position)
        }
        let content = try delimited()
        return Field(
            number: number, content: content, range: origin + start..<origin + position,
            contentPosition: origin + position - content.count)
    }

    private func fault(_ position: Int, _ what: String) -> Fault { Fault(position: origin + position, what: what) }

    private mutating func tag() throws(Fault) -> (number: Int, wireType: UInt8) {
        let start = position
        guard let tag = varint(maximumLength: 5), tag <= UInt32.max, tag >> 3 != 0 else {
            throw fault(start, "malformed field number")
        }
        return (Int(tag >> 3), UInt8(tag & 7))
    }

    private mutating func delimited() throws(Fault) -> UnsafeRawBufferPointer {
        let start = position
        guard let length = varint(maximumLength: 5), length <= Int32.max else {
            throw fault(start, "malformed length")
        }
        guard length <= UInt64(bytes.count - position) else {
            throw fault(start, "a length of \(length) bytes where \(bytes.count - position) are left")
        }
        defer { position += Int(length) }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
    }

    /// Reads over the value of a field that is not delimited by its length, or over that of one in a group.
    private mutating func skip(_ number: Int, _ wireType: UInt8, _ depth: Int) throws(Fault) {
        switch wireType {
        case 0:
            let start = position
            guard varint(maximumLength: 10) != nil else {
                throw fault(start, "field \(number) is a malformed number")
            }
        case 1, 5:
            let size = wireType == 1 ? 8 : 4
            guard bytes.count - position >= size else { throw fault(position, "field \(number) is cut off") }
            position += size
        case 2: _ = try delimited()
        case 3: try skipGroup(number, depth + 1)
        case 4: throw fault(position, "the end of a group \(number) that has not begun")
        default: throw fault(position, "field \(number) has the unknown wire type \(wireType)")
        }
    }

    private mutating func skipGroup(_ number: Int, _ depth: Int) throws(Fault) {
        let start = position
        guard depth <= WireFields.maximumDepth else {
            throw fault(start, "groups are nested deeper than \(WireFields.maximumDepth)")
        }
        while position < bytes.count {
            let (inner, wireType) = try tag()
            guard wireType == 4 else {
                try skip(inner, wireType, depth)
                continue
            }
            guard inner == number else { throw fault(position, "group \(number) ends as group \(inner)") }
            return
        }
        throw fault(start, "group \(number) does not end")
    }

    /// The next number of seven bits a byte; nil if it is cut off or longer than `maximumLength` bytes.
    @inline(__always) private mutating func varint(maximumLength: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for index in position..<min(bytes.count, position + maximumLength) {
            let byte = bytes[index]
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                position = index + 1
                return value
            }
            shift += 7
        }
        return nil
    }
}
