import Glibc
import ServingCore

/// One part of a multipart body, in place.
struct MultipartPart {
    /// From `Content-Disposition`; nil if the part has none.
    let name: String?
    /// In lower case, empty if there is none.
    let transferEncoding: String
    let content: UnsafeRawBufferPointer
}

/// Reads a `multipart/form-data` body part by part (RFC 7578); nothing is copied.
///
/// The bytes must outlive the parts.
struct MultipartReader {
    /// Bytes of a part's header fields.
    static let longestHeader = 16 << 10
    /// Parts of one body.
    static let maximumParts = 1000

    private let body: UnsafeRawBufferPointer
    /// Two dashes and the boundary.
    private let dashBoundary: [UInt8]
    private var position: Int
    private var partCount = 0
    private var isAtEnd = false

    /// Looks for the first boundary; what stands before it means nothing.
    ///
    /// INVALID_ARGUMENT if there is none.
    init(_ body: UnsafeRawBufferPointer, boundary: String) throws(Status) {
        self.body = body
        dashBoundary = Array("--".utf8) + Array(boundary.utf8)
        position = 0
        if !body.starts(with: dashBoundary) {
            guard let start = MultipartReader.find(lineBreak + dashBoundary, in: body, from: 0) else {
                throw .invalidArgument("the multipart body does not contain its boundary \"\(boundary)\"")
            }
            position = start + 2
        }
        try passBoundary()
    }

    private var lineBreak: [UInt8] { [0x0d, 0x0a] }

    /// The next part; nil after the last one.
    ///
    /// INVALID_ARGUMENT if the body is malformed, RESOURCE_EXHAUSTED above a limit.
    mutating func next() throws(Status) -> MultipartPart? {
        guard !isAtEnd else { return nil }
        partCount += 1
        guard partCount <= MultipartReader.maximumParts else {
            throw .resourceExhausted("the multipart body has more than \(MultipartReader.maximumParts) parts")
        }
        let fields = try header()
        let start = position
        // The line break belongs to the boundary, and is at the same time the one that ends an empty header.
        guard let end = MultipartReader.find(lineBreak + dashBoundary, in: body, from: start - 2) else {
            throw .invalidArgument("the multipart body ends within part \(partCount): no boundary follows it")
        }
        position = end + 2
        try passBoundary()
        let content = UnsafeRawBufferPointer(rebasing: body[start..<max(start, end)])
        return MultipartPart(name: fields.name, transferEncoding: fields.encoding, content: content)
    }

    /// Goes behind the boundary at `position`, and its line.
    private mutating func passBoundary() throws(Status) {
        position += dashBoundary.count
        if rest.starts(with: "--".utf8) {
            isAtEnd = true
            return
        }
        while let byte = rest.first, byte == 0x20 || byte == 0x09 { position += 1 }
        guard rest.starts(with: lineBreak) else {
            throw .invalidArgument("the multipart body has no line break behind the boundary at byte \(position)")
        }
        position += 2
    }

    private var rest: Slice<UnsafeRawBufferPointer> { body[min(position, body.count)...] }

    /// Reads the header fields and goes behind the empty line that ends them.
    private mutating func header() throws(Status) -> (name: String?, encoding: String) {
        let start = position
        var name: String?
        var encoding = ""
        while true {
            let limit = min(body.count, start + MultipartReader.longestHeader)
            let window = UnsafeRawBufferPointer(rebasing: body[..<limit])
            guard let end = MultipartReader.find(lineBreak, in: window, from: position) else {
                throw limit < body.count
                    ? .resourceExhausted(
                        "the header of part \(partCount) is longer than \(MultipartReader.longestHeader) bytes")
                    : .invalidArgument("the multipart body ends within the header of part \(partCount)")
            }
            let line = body[position..<end]
            position = end + 2
            if line.isEmpty { return (name, encoding) }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw .invalidArgument("a header line of part \(partCount) has no colon")
            }
            let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition": name = FieldParameters(value)["name"] ?? name
            case "content-transfer-encoding": encoding = FieldParameters(value).value.lowercased()
            default: break
            }
        }
    }

    /// Where `pattern` begins at or behind `from`.
    private static func find(_ pattern: [UInt8], in bytes: UnsafeRawBufferPointer, from: Int) -> Int? {
        guard let base = bytes.baseAddress, from >= 0 else { return nil }
        var position = from
        while bytes.count - position >= pattern.count {
            let count = bytes.count - position - pattern.count + 1
            guard let found = memchr(base + position, Int32(pattern[0]), count) else { return nil }
            position = UnsafeRawPointer(found) - base
            if memcmp(base + position, pattern, pattern.count) == 0 { return position }
            position += 1
        }
        return nil
    }
}
