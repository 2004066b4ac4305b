import Glibc
import ServingCore
import Testing
import Transports

@testable import HTTP

@Suite struct HTTP1ServerTests {
    @Test(arguments: ["/echo", "/later"]) func requestsAreAnswered(path: String) throws {
        let peer = HTTPPeer(try HTTPTestServer())
        let answer = try #require(peer.ask("POST", path + "?a=%2Fb&c", body: Array("hello".utf8)))
        #expect(answer.status == 200 && answer.text == "hello")
        #expect(answer.fields["x-target"] == path + "?a=%2Fb&c" && answer.fields["x-method"] == "POST")
        #expect(answer.fields["x-padding"] == "true" && answer.fields["date"]?.hasSuffix("GMT") == true)
        // The connection is kept.
        let next = try #require(peer.ask(path))
        #expect(next.status == 200 && next.body.isEmpty && next.fields["x-padding"] == "true")
    }

    @Test func escapesAndOddPathsArriveUntouched() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        for target in ["/echo?%00%zz%", "/echo?a&b&&&c=d=e", "/echo?x+y"] {
            #expect(peer.ask(target)?.fields["x-target"] == target)
        }
        #expect(peer.ask("http://else.where:80/echo?q")?.fields["x-target"] == "/echo?q")
        #expect(peer.ask("http://else.where")?.status == 404)
    }

    @Test func longBodiesComeWhole() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
        #expect(peer.ask("POST", "/later", body: body)?.body == body)
    }

    @Test func chunkedBodiesComeWhole() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.send("5;ext=1\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(peer.answer()?.text == "hello 0123456789")
        #expect(peer.ask("/echo")?.status == 200)
    }

    @Test func continueIsSaidBeforeTheBody() throws {
        let peer = HTTPPeer(try HTTPTestServer { $0.maxBodyBytes = 10 })
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(peer.answer()?.status == 100)
        peer.send("ab")
        #expect(peer.answer()?.text == "ab")
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n")
        #expect(peer.answer()?.status == 413)
        #expect(peer.isClosed())
    }

    @Test func headHasNoBody() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        let answer = try #require(peer.ask("HEAD", "/text?80"))
        #expect(answer.status == 200 && answer.fields["content-length"] == "80")
        #expect(peer.ask("/text?8")?.text == "abcdefgh")
    }

    @Test func aThousandPipelinedRequestsAreAnsweredInOrder() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        let count = 1000
        var text = ""
        for index in 0..<count {
            let path = index % 3 == 0 ? "/later" : "/echo"
            text += "GET \(path)?\(index) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        peer.send(text)
        for index in 0..<count {
            let target = peer.answer()?.fields["x-target"]
            #expect(target == (index % 3 == 0 ? "/later" : "/echo") + "?\(index)")
            guard target != nil else { return }
        }
    }

    @Test func forgottenRequestsAreAnswered() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        #expect(peer.ask("/forget")?.status == 500)
        #expect(peer.ask("/echo")?.status == 200)
    }

    @Test func answersCannotBeSplit() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        let answer = try #require(peer.ask("/split"))
        #expect(answer.text == "x" && answer.fields["x-worse"] == nil && answer.fields["content-length"] == "1")
    }

    @Test func theTimeoutAnswersForTheHandler() throws {
        let server = try HTTPTestServer { $0.timeoutNanoseconds = 50_000_000 }
        let peer = HTTPPeer(server)
        let answer = try #require(peer.ask("/keep"))
        #expect(answer.status == 504 && answer.text.contains("Timed out waiting for notification"))
        let exchange = try #require(server.kept.next())
        #expect(!exchange.deadline.isNever)
        exchange.respond(HTTPResponse(contentType: "text/plain", text: "late"))
        #expect(peer.ask("/echo")?.status == 200)
    }

    @Test func aClientThatGoesAwayCancels() throws {
        let server = try HTTPTestServer()
        var peer: HTTPPeer? = HTTPPeer(server)
        peer?.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n")
        let exchange = try #require(server.kept.next())
        #expect(!exchange.cancellation.isCancelled)
        peer = nil
        #expect(comesTrue { exchange.cancellation.isCancelled })
        exchange.respond(HTTPResponse(contentType: "text/plain", text: "nobody"))
        #expect(comesTrue { server.server.connectionCount == 0 })
    }

    /// The end of the stream comes together with the last bytes.
    @Test(arguments: [
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc", "GET /echo HTTP/1.1\r\nHo",
        "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", "GET /later HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "P", "",
    ]) func whoLeavesAtOnceIsForgotten(text: String) throws {
        let server = try HTTPTestServer()
        for _ in 0..<20 { HTTPPeer(server).send(text) }
        #expect(comesTrue { server.server.connectionCount == 0 })
    }

    @Test func bodiesGiveTheirMemoryBack() throws {
        let server = try HTTPTestServer()
        let peer = HTTPPeer(server)
        #expect(peer.ask("POST", "/later", body: [UInt8](repeating: 1, count: 1 << 20))?.status == 200)
        #expect(comesTrue { server.server.bufferedBodyBytes == 0 })
    }

    @Test func bodiesShareABudget() throws {
        let server = try HTTPTestServer {
            $0.maxBufferedBodyBytes = 1 << 20
            $0.maxBodyBytes = 10 << 20
        }
        let first = HTTPPeer(server)
        first.send("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n")
        first.send([UInt8](repeating: 1, count: 700_000))
        let exchange = try #require(server.kept.next())
        let second = HTTPPeer(server)
        let refused = try #require(second.ask("POST", "/echo", body: [UInt8](repeating: 1, count: 700_000)))
        #expect(refused.status == 503 && refused.text.contains("may occupy 1048576 bytes"))
        // What could never find room is told so at once.
        let third = HTTPPeer(server)
        third.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
        #expect(third.answer()?.status == 413)
        exchange.respond(HTTPResponse(status: 200))
        #expect(first.answer()?.status == 200)
    }

    @Test func chunksWithoutEndAreCutOff() throws {
        let peer = HTTPPeer(try HTTPTestServer { $0.maxBodyBytes = 100_000 })
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = Array("1000\r\n".utf8) + [UInt8](repeating: 0, count: 4096) + Array("\r\n".utf8)
        for _ in 0..<200 { guard peer.send(chunk) else { break } }
        let answer = try #require(peer.answer())
        #expect(answer.status == 413 && answer.text.contains("more than 100000"))
    }

    @Test func slowHeadersAreCutOff() throws {
        let peer = HTTPPeer(
            try HTTPTestServer {
                $0.limits.headerNanoseconds = 200_000_000
                $0.limits.silenceNanoseconds = 200_000_000
            })
        peer.send("GET /echo HTTP/1.1\r\nX: ")
        #expect(peer.answer()?.status == 408)
        #expect(peer.isClosed())
    }

    @Test func silentAndIdleConnectionsAreClosed() throws {
        let server = try HTTPTestServer {
            $0.limits.silenceNanoseconds = 100_000_000
            $0.limits.idleNanoseconds = 100_000_000
        }
        let silent = HTTPPeer(server)
        let idle = HTTPPeer(server)
        #expect(idle.ask("/echo")?.status == 200)
        #expect(silent.isClosed() && idle.isClosed())
        #expect(comesTrue { server.server.connectionCount == 0 })
    }

    @Test func slowBodiesAreCutOff() throws {
        let peer = HTTPPeer(try HTTPTestServer { $0.limits.transferNanoseconds = 200_000_000 })
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        #expect(peer.answer()?.status == 408)
    }

    @Test func hugeHeadersAreRefused() throws {
        let server = try HTTPTestServer()
        let long = HTTPPeer(server)
        long.send("GET /echo HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 100_000) + "\r\n\r\n")
        #expect(long.answer()?.status == 431)
        let many = HTTPPeer(server)
        let fields = String(repeating: "A: b\r\n", count: 20_000)
        many.send("GET /echo HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")
        #expect(many.answer()?.status == 431)
        let target = HTTPPeer(server)
        target.send("GET /" + String(repeating: "x", count: 100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(target.answer()?.status == 414)
    }

    @Test func connectionsBeyondTheLimitAreClosed() throws {
        let server = try HTTPTestServer { $0.maxConnections = 3 }
        let peers = (0..<3).map { _ in HTTPPeer(server) }
        for peer in peers { #expect(peer.ask("/echo")?.status == 200) }
        #expect(HTTPPeer(server).isClosed())
        #expect(peers[0].ask("/echo")?.status == 200)
    }

    @Test func requestsBeyondTheLimitAreTurnedAway() throws {
        let server = try HTTPTestServer { $0.maxConcurrentRequests = 1 }
        let first = HTTPPeer(server)
        first.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n")
        let exchange = try #require(server.kept.next())
        #expect(HTTPPeer(server).ask("/echo")?.status == 503)
        exchange.respond(HTTPResponse(status: 204))
        #expect(first.answer()?.status == 204)
        #expect(HTTPPeer(server).ask("/echo")?.status == 200)
    }

    @Test func drainingAnswersWhatWasAskedAndCloses() throws {
        let server = try HTTPTestServer()
        let idle = HTTPPeer(server)
        #expect(idle.ask("/echo")?.status == 200)
        let peer = HTTPPeer(server)
        peer.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n")
        let exchange = try #require(server.kept.next())
        let drained = Drain(server.server, seconds: 20)
        #expect(idle.isClosed())
        exchange.respond(HTTPResponse(contentType: "text/plain", text: "last"))
        let answer = try #require(peer.answer())
        #expect(answer.text == "last" && answer.fields["connection"] == "close")
        #expect(peer.isClosed())
        #expect(drained.isComplete)
    }

    @Test func loopsGoOnWithoutTheServer() throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.stop() }
        #expect(HTTPPeer(try HTTPTestServer(on: group)).ask("/echo")?.status == 200)
        // Longer than between two looks at the connections of a server.
        usleep(300_000)
        #expect(HTTPPeer(try HTTPTestServer(on: group)).ask("/echo")?.status == 200)
    }

    @Test func drainingEndsThoughAHandlerDoesNot() throws {
        let server = try HTTPTestServer()
        let peer = HTTPPeer(server)
        peer.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n")
        let exchange = try #require(server.kept.next())
        let drained = Drain(server.server, seconds: 0)
        #expect(peer.answer()?.status == 503)
        #expect(!drained.isComplete && exchange.cancellation.isCancelled)
    }
}
