import CStatusPage
import HTTP

/// The page as it is sent: one document, with its style and its script in it and nothing from elsewhere.
enum PageDocument {
    private static let style = String(cPage: status_page_style_bytes(), status_page_style_size)
    private static let script = String(cPage: status_page_script_bytes(), status_page_script_size)
    private static let frame = String(cPage: status_page_html_bytes(), status_page_html_size)

    /// The document with a mark in it by which a browser knows its script and its style from any that got in.
    static func response() -> HTTPResponse {
        let mark = nonce()
        let text = filled(frame, ["nonce": mark, "style": style, "script": script])
        var response = HTTPResponse(contentType: "text/html; charset=utf-8", text: text)
        let policy =
            "default-src 'none'; script-src 'nonce-\(mark)'; style-src 'nonce-\(mark)'; connect-src 'self'; "
            + "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        response.headers += [
            (name: "Content-Security-Policy", value: policy), (name: "Cache-Control", value: "no-store"),
            (name: "X-Content-Type-Options", value: "nosniff"), (name: "Referrer-Policy", value: "no-referrer"),
        ]
        return response
    }

    /// `frame` with the value of `name` wherever `{{name}}` stands; other braces stay.
    static func filled(_ frame: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = Substring(frame)
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            let place = values.first { rest.hasPrefix("{{\($0.key)}}") }
            result += place?.value ?? "{"
            rest = rest.dropFirst(place.map { $0.key.count + 4 } ?? 1)
        }
        return result + rest
    }

    /// 32 hexadecimal digits that nobody can guess.
    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }
}

extension String {
    fileprivate init(cPage start: UnsafePointer<UInt8>, _ count: Int) {
        self.init(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
