/// An answer: what the server adds is `Date`, `Content-Length` and the fields of the connection.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// Names as they are written.
    public var headers: [(name: String, value: String)]
    public var body: HTTPBody

    public init(status: Int, headers: [(name: String, value: String)] = [], body: HTTPBody = HTTPBody([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with one kind of content.
    public init(status: Int = 200, contentType: String, body: HTTPBody) {
        self.init(status: status, headers: [(name: "Content-Type", value: contentType)], body: body)
    }

    /// An answer that is text.
    public init(status: Int = 200, contentType: String, text: String) {
        self.init(status: status, contentType: contentType, body: HTTPBody(Array(text.utf8)))
    }
}

/// The bytes of an answer, which are sent from where they are.
public struct HTTPBody: @unchecked Sendable {  // the bytes are never written
    public let bytes: UnsafeRawBufferPointer
    private let owner: AnyObject

    /// - Parameter owner: keeps `bytes` valid and unchanged.
    public init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject & Sendable) {
        self.bytes = bytes
        self.owner = owner
    }

    /// A copy of the elements of `array`.
    public init(_ array: [UInt8]) {
        let owner = ArrayOwner(array)
        bytes = owner.bytes
        self.owner = owner
    }

    /// Calls `body` with the bytes, which stay valid during the call.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return body(bytes)
    }

    /// Bytes at a place that does not move.
    private final class ArrayOwner: @unchecked Sendable {  // never written after it was made
        let bytes: UnsafeRawBufferPointer

        init(_ array: [UInt8]) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 16)
            memory.copyBytes(from: array)
            bytes = UnsafeRawBufferPointer(memory)
        }

        deinit { bytes.deallocate() }
    }
}
