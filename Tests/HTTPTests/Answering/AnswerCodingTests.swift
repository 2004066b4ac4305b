import ServingCore
import Testing

@testable import HTTP

@Suite struct AnswerCodingTests {
    @Test(arguments: [
        ("gzip", true), ("deflate, gzip", true), ("GZIP;q=0.5", true), ("x-gzip", true), ("gzip ; q=1.0, br", true),
        ("", false), ("deflate", false), ("gzip;q=0", false), ("gzip; q=0.000", false), ("gzipped", false),
        ("identity", false), ("*", false), (",,;", false),
    ]) func listsAreRead(list: String, accepts: Bool) {
        #expect(AnswerCoding.accepts(list) == accepts)
    }

    private func isCompressed(_ type: String, bytes: Int, accepts: String?, more: [(String, String)] = []) -> Bool {
        var response = HTTPResponse(contentType: type, body: HTTPBody([UInt8](repeating: 65, count: bytes)))
        for (name, value) in more { response.headers.append((name: name, value: value)) }
        let headers = HTTPHeaders(accepts.map { [(name: "Accept-Encoding", value: $0)] } ?? [])
        return AnswerCoding(headers, response).isCompressed
    }

    @Test func onlyLongTextIsCompressedAndOnlyForThoseWhoAccept() {
        #expect(isCompressed("application/json", bytes: 2000, accepts: "gzip"))
        #expect(isCompressed("text/plain; version=0.0.4", bytes: 2000, accepts: "gzip"))
        #expect(!isCompressed("application/json", bytes: 1000, accepts: "gzip"))
        #expect(!isCompressed("application/json", bytes: 2000, accepts: nil))
        #expect(!isCompressed("image/png", bytes: 2000, accepts: "gzip"))
        #expect(!isCompressed("text/html", bytes: 2000, accepts: "gzip", more: [("Content-Encoding", "gzip")]))
    }

    @Test func compressedAnswersInflateToTheSame() throws {
        let body = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 / 100) }
        let response = HTTPResponse(contentType: "text/plain", body: HTTPBody(body))
        let coding = AnswerCoding(HTTPHeaders([(name: "Accept-Encoding", value: "gzip")]), response)
        let compressed = coding.compressed(response, CancellationFlag())
        #expect(compressed.headers.contains { $0.name == "Content-Encoding" && $0.value == "gzip" })
        #expect(compressed.body.bytes.count < 5000)
        var back: [UInt8] = []
        let isWhole = compressed.body.withBytes { bytes in
            Gzip.inflate(bytes) { piece in
                back += piece
                return true
            }
        }
        #expect(isWhole && back == body)
    }

    @Test func whatDoesNotShrinkIsSentAsItIs() {
        var state: UInt64 = 1
        let noise = (0..<5000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        }
        let response = HTTPResponse(contentType: "text/plain", body: HTTPBody(noise))
        let coding = AnswerCoding(HTTPHeaders([(name: "Accept-Encoding", value: "gzip")]), response)
        let sent = coding.compressed(response, CancellationFlag())
        #expect(!sent.headers.contains { $0.name == "Content-Encoding" } && sent.body.bytes.count == 5000)
    }
}
