import Glibc
import ServingCore
import TestSupport
import Testing
import Threading

@testable import HTTP

@Suite struct HTTP2ServerTests {
    private func request(_ method: String, _ path: String, _ more: [(String, String)] = []) -> [UInt8] {
        FramePeer.literals(
            [(":method", method), (":scheme", "http"), (":path", path), (":authority", "here")] + more)
    }

    /// The body that comes on `stream`, and how that ended.
    private func body(_ peer: FramePeer, _ stream: UInt32) -> [UInt8]? {
        var bytes: [UInt8] = []
        while let frame = peer.next() {
            guard frame.stream == stream else { continue }
            if frame.type == Frame.data { bytes += frame.payload }
            if frame.type == Frame.reset { return nil }
            if frame.endsStream, frame.type == Frame.data || frame.type == Frame.headers { return bytes }
        }
        return nil
    }

    @Test(arguments: ["/echo", "/later"]) func requestsAreAnswered(path: String) throws {
        let server = try HTTPTestServer()
        let peer = FramePeer(port: server.port, of: server)
        peer.send(Frame.headers, flags: 4, stream: 1, request("POST", path))
        peer.send(Frame.data, stream: 1, Array("hello ".utf8))
        peer.send(Frame.data, flags: 1, stream: 1, Array("world".utf8))
        #expect(body(peer, 1) == Array("hello world".utf8))
        peer.send(Frame.headers, flags: 5, stream: 3, request("HEAD", "/text?80"))
        #expect(body(peer, 3) == [])
        peer.send(Frame.headers, flags: 5, stream: 5, request("GET", "/text?8"))
        #expect(body(peer, 5) == Array("abcdefgh".utf8))
    }

    @Test func tooLongBodiesAreRefused() throws {
        let server = try HTTPTestServer { $0.maxBodyBytes = 1000 }
        let peer = FramePeer(port: server.port, of: server)
        peer.send(Frame.headers, flags: 4, stream: 1, request("POST", "/echo"))
        for _ in 0..<20 { peer.send(Frame.data, stream: 1, [UInt8](repeating: 0, count: 100)) }
        let refusal = try #require(body(peer, 1))
        #expect(String(decoding: refusal, as: UTF8.self).contains("the limit is 1000"))
        // The connection goes on.
        peer.send(Frame.headers, flags: 5, stream: 3, request("GET", "/text?8"))
        #expect(body(peer, 3) == Array("abcdefgh".utf8))
        #expect(server.server.bufferedBodyBytes == 0)
    }

    @Test func aResetCancels() throws {
        let server = try HTTPTestServer()
        let peer = FramePeer(port: server.port, of: server)
        peer.send(Frame.headers, flags: 5, stream: 1, request("GET", "/keep"))
        let exchange = try #require(server.kept.next())
        #expect(exchange.request.headers["host"] == "here" && !exchange.cancellation.isCancelled)
        peer.send(Frame.reset, stream: 1, [0, 0, 0, 8])
        #expect(comesTrue { exchange.cancellation.isCancelled })
        exchange.respond(HTTPResponse(status: 200))
        peer.send(Frame.headers, flags: 5, stream: 3, request("GET", "/text?8"))
        #expect(body(peer, 3) == Array("abcdefgh".utf8))
    }

    @Test func theTimeoutAnswersForTheHandler() throws {
        let server = try HTTPTestServer { $0.timeoutNanoseconds = 50_000_000 }
        let peer = FramePeer(port: server.port, of: server)
        peer.send(Frame.headers, flags: 5, stream: 1, request("GET", "/keep"))
        let answer = try #require(body(peer, 1))
        #expect(String(decoding: answer, as: UTF8.self).contains("Timed out"))
    }

    @Test func longAnswersComeWhole() throws {
        let server = try HTTPTestServer()
        let peer = FramePeer(port: server.port, of: server)
        peer.send(Frame.windowUpdate, stream: 0, [0x7f, 0, 0, 0])
        peer.send(Frame.headers, flags: 5, stream: 1, request("GET", "/text?4000000"))
        peer.send(Frame.windowUpdate, stream: 1, [0x7f, 0, 0, 0])
        let bytes = try #require(body(peer, 1))
        #expect(bytes.count == 4_000_000 && bytes.suffix(8).elementsEqual("abcdefgh".utf8))
    }

    @Test func aPrefaceInPiecesIsRecognised() throws {
        let server = try HTTPTestServer()
        let peer = FramePeer(port: server.port, of: server, greets: false)
        for byte in FramePeer.preface { peer.send([byte]) }
        peer.send(Frame.settings)
        peer.send(Frame.headers, flags: 5, stream: 1, request("GET", "/text?8"))
        #expect(body(peer, 1) == Array("abcdefgh".utf8))
    }

    @Test func connectionsCanBeServedByOthers() throws {
        let seen = ConditionLock<Int32?>(nil)
        let server = try HTTPTestServer(serveHTTP2: { descriptor in seen.withLockNotifyingAll { $0 = descriptor } })
        let peer = FramePeer(port: server.port, of: server)
        let descriptor = try #require(seen.wait(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000) { $0 })
        // Nothing has been taken from the connection.
        var first = [UInt8](repeating: 0, count: FramePeer.preface.count)
        #expect(recv(descriptor, &first, first.count, 0) == first.count && first == FramePeer.preface)
        close(descriptor)
        #expect(peer.isClosed())
        #expect(HTTPPeer(server).ask("/echo")?.status == 200)
    }

    @Test func drainingAnswersWhatWasAsked() throws {
        let server = try HTTPTestServer()
        let peer = FramePeer(port: server.port, of: server)
        peer.send(Frame.headers, flags: 5, stream: 1, request("GET", "/keep"))
        let exchange = try #require(server.kept.next())
        let drained = Drain(server.server, seconds: 20)
        #expect(peer.next(Frame.goaway) != nil)
        exchange.respond(HTTPResponse(contentType: "text/plain", text: "last"))
        #expect(body(peer, 1) == Array("last".utf8))
        #expect(drained.isComplete)
    }
}
