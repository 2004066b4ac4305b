/// A request that has come in completely.
public struct HTTPRequest: @unchecked Sendable {  // the body is never written while its owner lives
    /// Bytes behind the body that may be read, so that a JSON reader need not copy it.
    public static let padding = 64

    /// As it was sent, such as `POST`.
    public let method: String
    /// Path and query as they were sent: percent-encoded, with everything from the `?` on.
    public let target: String
    public let headers: HTTPHeaders
    /// Without any transfer or content coding.
    public let body: UnsafeRawBufferPointer
    /// Keeps `body` valid.
    public let owner: (any AnyObject & Sendable)?

    /// - Parameter body: `HTTPRequest.padding` bytes behind it can be read.
    public init(
        method: String, target: String, headers: HTTPHeaders, body: UnsafeRawBufferPointer,
        owner: (any AnyObject & Sendable)?
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.owner = owner
    }

    /// The target up to its query.
    public var path: Substring { target.prefix { $0 != "?" } }

    /// The target behind the first `?`; nil if there is none.
    public var query: Substring? {
        target.firstIndex(of: "?").map { target[target.index(after: $0)...] }
    }
}
