import Testing

@testable import HTTP

/// Requests whose end could be understood in two ways.
@Suite struct AmbiguousRequestTests {
    static let shapes: [(String, Int)] = [
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\ncontent-length: 4\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc", 413),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        // A field that goes on in the next line.
        ("POST /echo HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-: chunked\r\n Encoding\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nX: b\r\n\tContent-Length: 3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        // Line ends that others do not take for such.
        ("POST /echo HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\nHost: a\r\nX: b\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nX: b\rContent-Length: 3\r\n\r\nabc", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nX: no host\r\n\r\n", 400),
        ("POST /echo /x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("POST  /echo HTTP/1.1\r\nHost: a\r\nX: b\r\n\n", 400),
        ("POST echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("POST /ec\u{1}ho HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("P(ST /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("TRACE /echo HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 413),
    ]

    @Test(arguments: shapes) func isRefusedAndCloses(request: String, status: Int) throws {
        let server = try HTTPTestServer()
        let peer = HTTPPeer(server)
        peer.send(request + "GET /echo?smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try #require(peer.answer())
        #expect(answer.status == status)
        // Whatever else the library says before it closes, it answers nothing more.
        #expect(!String(decoding: peer.rest(), as: UTF8.self).contains("200 OK"))
    }

    /// Honest requests that look a little like those above.
    @Test(arguments: [
        "POST /echo HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\nZ:  b \t \r\nContent-Length:3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "\r\n\r\nPOST /echo HTTP/1.1\r\nhost:a\r\nCONTENT-LENGTH: 003\r\n\r\nabc",
        "POST /echo?a=b&c HTTP/1.1\r\nHost: a\r\nCookie: x=y; z\r\nContent-Length: 3\r\nX: a\tb: c\r\n\r\nabc",
        "POST /echo HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 3\r\n\r\nabc",
    ]) func honestRequestsPass(request: String) throws {
        let peer = HTTPPeer(try HTTPTestServer())
        // In two pieces, so that the header lies elsewhere than where it began.
        peer.send(Array(request.utf8.prefix(31)))
        peer.send(Array(request.utf8.dropFirst(31)))
        let answer = try #require(peer.answer())
        #expect(answer.status == 200 && answer.text == "abc")
    }
}
