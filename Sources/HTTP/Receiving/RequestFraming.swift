/// The versions that differ in what a header must or may not have.
enum HTTPVersion {
    case http10
    case http11
    case http2
}

/// Whether the header of a request says clearly where the request ends, and whether its body may come.
///
/// Two servers that understand the end of a request differently let one client put words into the mouth of another;
/// whatever could be read in two ways is therefore refused.
struct RequestFraming {
    /// The length of the body; nil if it comes in chunks.
    let announcedBytes: Int?

    /// - Parameter fields: as they were sent, in order.
    static func judge(
        method: String, target: String, fields: HTTPHeaders, version: HTTPVersion, maxBodyBytes: Int
    ) -> Result<RequestFraming, HTTPRefusal> {
        if let refusal = judge(method: method, target: target) ?? judge(fields, version) { return .failure(refusal) }
        let lengths = fields.values(of: "content-length")
        let codings = fields.values(of: "transfer-encoding")
        guard lengths.isEmpty || codings.isEmpty else {
            return .failure(.badRequest("The request has both Content-Length and Transfer-Encoding"))
        }
        guard codings.isEmpty else { return judge(codings: codings, version) }
        guard lengths.count <= 1 else { return .failure(.badRequest("The request has more than one Content-Length")) }
        guard let text = lengths.first else { return .success(RequestFraming(announcedBytes: 0)) }
        return judge(length: text, maxBodyBytes: maxBodyBytes)
    }

    private static func judge(method: String, target: String) -> HTTPRefusal? {
        guard method.utf8.allSatisfy(isTokenByte), !method.isEmpty else {
            return .badRequest("The method of the request is not a word")
        }
        if method == "CONNECT" || method == "TRACE" { return HTTPRefusal(501, "The server does not do \(method)") }
        let isPrintable = target.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        guard isPrintable, target.utf8.first == UInt8(ascii: "/") || (target == "*" && method == "OPTIONS") else {
            return .badRequest("The request must be for a path that begins with '/'")
        }
        return nil
    }

    private static func judge(_ fields: HTTPHeaders, _ version: HTTPVersion) -> HTTPRefusal? {
        var hosts = 0
        for (name, value) in fields.fields {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                return .badRequest("The request has a header field without a proper name")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                return .badRequest("The value of the header field '\(name)' has control characters")
            }
            if name == "host" { hosts += 1 }
            if name == "expect", value.lowercased() != "100-continue" {
                return HTTPRefusal(417, "The server cannot meet what the request expects")
            }
        }
        guard hosts <= 1 else { return .badRequest("The request has more than one Host") }
        return hosts == 0 && version == .http11 ? .badRequest("The request has no Host") : nil
    }

    private static func judge(codings: [String], _ version: HTTPVersion) -> Result<RequestFraming, HTTPRefusal> {
        guard version != .http10 else { return .failure(.badRequest("HTTP/1.0 has no Transfer-Encoding")) }
        guard codings.count == 1 else {
            return .failure(.badRequest("The request has more than one Transfer-Encoding"))
        }
        guard codings[0].lowercased() == "chunked" else {
            return .failure(HTTPRefusal(501, "The only Transfer-Encoding that the server takes is chunked"))
        }
        return .success(RequestFraming(announcedBytes: nil))
    }

    private static func judge(length text: String, maxBodyBytes: Int) -> Result<RequestFraming, HTTPRefusal> {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard isNumber else { return .failure(.badRequest("Content-Length must be a number, and is none")) }
        guard let length = Int(text) else { return .failure(.bodyTooLong(.max, limit: maxBodyBytes)) }
        guard length <= maxBodyBytes else { return .failure(.bodyTooLong(length, limit: maxBodyBytes)) }
        return .success(RequestFraming(announcedBytes: length))
    }

    /// The characters that method and field names consist of.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// The path and query of a target, which may also be a whole address, as proxies send it.
    static func path(of target: String) -> String {
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            guard let start = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
            return rest[start] == "/" ? String(rest[start...]) : "/" + rest[start...]
        }
        return target
    }
}
