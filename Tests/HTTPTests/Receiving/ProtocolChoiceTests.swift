import Testing

@testable import HTTP

@Suite struct ProtocolChoiceTests {
    @Test func onlyTheWholePrefaceIsHTTP2() {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        for count in 0..<preface.count {
            let choice = preface.prefix(count).withUnsafeBytes { ProtocolChoice($0) }
            #expect(choice == nil)
        }
        let whole = preface.withUnsafeBytes { ProtocolChoice($0) }
        #expect(whole == .http2)
        for text in ["GET", "PO", "PRO", "PRI / HTTP/1.1", "\u{16}\u{3}"] {
            let choice = Array(text.utf8).withUnsafeBytes { ProtocolChoice($0) }
            #expect(choice == .http1)
        }
    }

    @Test func datesAreWrittenAsHTTPWantsThem() {
        #expect(DateField.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(DateField.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test func refusalsAreJSON() {
        let refusal = HTTPRefusal(400, "a \"b\" \\ \n")
        let body = refusal.response.body.withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(body == "{\n    \"error\": \"a \\\"b\\\" \\\\ \\u000A\"\n}")
        #expect(refusal.text(withBody: true).hasSuffix("Content-Length: \(body.utf8.count)\r\n\r\n" + body))
    }
}
