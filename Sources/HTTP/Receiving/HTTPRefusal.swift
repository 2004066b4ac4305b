/// Why the server itself answers a request, without any handler.
struct HTTPRefusal: Error, Equatable {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> HTTPRefusal { HTTPRefusal(400, message) }

    /// - Parameter byteCount: nil for a body that does not announce its length.
    static func bodyTooLong(_ byteCount: Int?, limit: Int) -> HTTPRefusal {
        let came = byteCount.map { "\($0)" } ?? "more than \(limit)"
        return HTTPRefusal(413, "The body of the request has \(came) bytes; the limit is \(limit)")
    }

    static func noRoomForBody(limit: Int) -> HTTPRefusal {
        HTTPRefusal(
            503, "No room for the body of the request: the bodies of all requests may occupy \(limit) bytes at a time")
    }

    static func noRoomForAnswer(_ byteCount: Int, limit: Int) -> HTTPRefusal {
        HTTPRefusal(
            503, "No room for an answer of \(byteCount) bytes: answers that are not read yet may occupy \(limit) bytes")
    }

    static func tooManyRequests(_ limit: Int) -> HTTPRefusal {
        HTTPRefusal(503, "Too many requests in progress: \(limit)")
    }

    static let headerTooLate = HTTPRefusal(408, "The header of the request took too long")
    static let bodyTooLate = HTTPRefusal(408, "The body of the request took too long")
    static let timedOut = HTTPRefusal(504, "Timed out waiting for notification")
    static let unanswered = HTTPRefusal(500, "The request was not answered")
    static let shutDown = HTTPRefusal(503, "The server is shutting down")

    /// The message as TensorFlow Serving tells errors, in JSON.
    private var json: String {
        var text = "{\n    \"error\": \""
        for scalar in message.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\" + String(scalar)
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16, uppercase: true)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\"\n}"
    }

    var response: HTTPResponse {
        var response = HTTPResponse(status: status, contentType: "application/json", text: json)
        if status == 503 { response.headers.append((name: "Retry-After", value: "1")) }
        return response
    }

    /// The whole answer as HTTP/1.1 sends it, after which the connection is closed.
    /// - Parameter withBody: false for HEAD.
    func text(withBody: Bool) -> String {
        let body = json
        var text = "HTTP/1.1 \(status) \(StatusPhrase.of(status))\r\nConnection: close\r\n"
        for (name, value) in response.headers { text += "\(name): \(value)\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n"
        return withBody ? text + body : text
    }
}

/// The words behind a status of HTTP/1.1.
enum StatusPhrase {
    static func of(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 417: "Expectation Failed"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: status < 500 ? "Client Error" : "Server Error"
        }
    }
}
