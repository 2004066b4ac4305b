import ServingCore
import TestSupport
import Testing
import Transports

@testable import GRPC

@Suite struct MalformedCallTests {
    private let text = Array("hello".utf8)

    /// The answer to `body` on `/test/Echo`, after which the same connection must still serve.
    private func answer(
        to body: [UInt8], _ metadata: [(String, String)] = [], ends: Bool = true,
        options: GRPCServer.Options = GRPCServer.Options()
    ) throws -> WireAnswer {
        let server = try TestServer(options)
        let client = server.client()
        let stream = client.begin("/test/Echo", metadata)
        client.send(body, on: stream, ends: ends)
        let answer = client.answer(on: stream)
        #expect(client.call("/test/Echo", [1]).message == [1])
        #expect(server.eventually { $0.bufferedRequestBytes == 0 && $0.callsInProgress == 0 })
        return answer
    }

    private func heads(_ method: String, _ contentType: String?) -> [UInt8] {
        var fields = [(":method", method), (":scheme", "http"), (":path", "/test/Echo"), (":authority", "x")]
        if let contentType { fields.append(("content-type", contentType)) }
        return FramePeer.literals(fields)
    }

    @Test(arguments: ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"])
    func contentTypesOfGRPCAreServedWithoutTe(_ contentType: String) throws {
        let client = try TestServer().client()
        let stream = client.begin(block: heads("POST", contentType))
        client.send(WireClient.framed(text), on: stream)
        #expect(client.answer(on: stream).message == text)
    }

    @Test(arguments: ["text/plain", "application/grpcx", "application/json", nil])
    func otherContentTypesAreRefused(_ contentType: String?) throws {
        let client = try TestServer().client()
        let stream = client.begin(block: heads("POST", contentType))
        client.send(WireClient.framed(text), on: stream, ends: false)
        #expect(client.answer(on: stream).headers == [":status": "415"])
    }

    @Test(arguments: ["GET", "PUT", "HEAD"])
    func otherMethodsAreRefused(_ method: String) throws {
        let client = try TestServer().client()
        let stream = client.begin(block: heads(method, "application/grpc"), ends: true)
        #expect(client.answer(on: stream).headers == [":status": "405", "allow": "POST"])
    }

    @Test func requestsThatAreNotOneMessageFail() throws {
        let two = try answer(to: WireClient.framed(text) + WireClient.framed(text))
        #expect(two.status == .internalError("a unary call takes one request message, got a second one"))
        let none = try answer(to: [])
        #expect(none.status == .internalError("a unary call takes one request message, got none"))
        for body in [[0], [0, 0, 0, 0], WireClient.framed(text, announcing: 6)] as [[UInt8]] {
            #expect(try answer(to: body).status == .internalError("the request ended within a message"))
        }
        #expect(try answer(to: WireClient.framed(text, flag: 2)).status?.code == .internalError)
    }

    @Test func announcedLengthsCostNothingAndHaveALimit() throws {
        let large = try answer(to: WireClient.framed([], announcing: 0xffff_ffff), ends: false)
        #expect(
            large.status == .resourceExhausted("Received message larger than max (4294967295 vs. 2147483647)"))
        var options = GRPCServer.Options()
        options.maxReceiveMessageBytes = 4
        let small = try answer(to: WireClient.framed(text), options: options)
        #expect(small.status == .resourceExhausted("Received message larger than max (5 vs. 4)"))
        let server = try TestServer()
        let client = server.client()
        for _ in 0..<100 {
            client.send(WireClient.framed([1], announcing: 0x7fff_ffff), on: client.begin("/test/Echo"), ends: false)
        }
        #expect(server.eventually { $0.bufferedRequestBytes == 100 * (64 << 10) })
    }

    @Test func requestsBeyondTheBudgetAreRefused() throws {
        var options = GRPCServer.Options()
        options.maxBufferedRequestBytesPerConnection = 150_000
        let server = try TestServer(options)
        let client = server.client()
        let first = client.begin("/test/Echo")
        let body = WireClient.framed([UInt8](repeating: 1, count: 100_000))
        client.send(Array(body.dropLast()), on: first, ends: false)
        #expect(server.eventually { $0.bufferedRequestBytes == 100_000 })
        let second = client.begin("/test/Echo")
        client.send(body, on: second)
        #expect(
            client.answer(on: second).status
                == .resourceExhausted(
                    "no room for a request of 100000 bytes: requests may occupy 150000 bytes of a connection and "
                        + "4294967296 in all"))
        client.send([1], on: first)
        #expect(client.answer(on: first).message?.count == 100_000)
    }

    @Test func callsBeyondTheLimitsAreRefused() throws {
        var options = GRPCServer.Options()
        options.maxConcurrentCalls = 3
        options.maxConcurrentCallsPerConnection = 2
        let server = try TestServer(options)
        let clients = [server.client(), server.client()]
        func keep(_ client: WireClient) -> UInt32 {
            let stream = client.begin("/test/Keep")
            client.send(WireClient.framed(text), on: stream)
            return stream
        }
        let open = [keep(clients[0]), keep(clients[0])]
        let calls = [try #require(server.kept.next()), try #require(server.kept.next())]
        // Giving up a call does not end the work.
        clients[0].reset(open[0])
        #expect(server.kept.waitForCancellations(1))
        #expect(
            clients[0].answer(on: keep(clients[0])).status
                == .resourceExhausted("too many calls in progress: a connection may have 2"))
        _ = keep(clients[1])
        let third = try #require(server.kept.next())
        #expect(
            clients[1].answer(on: keep(clients[1])).status
                == .resourceExhausted("too many calls in progress: this server takes 3"))
        for call in calls + [third] { call.fail(.unavailable("done")) }
        #expect(clients[1].call("/test/Echo", text).message == text)
    }

    @Test func compressedMessagesAreUnderstoodOrRefused() throws {
        let gzip = try compressed([UInt8](repeating: 5, count: 1_000), .gzip)
        let plain = [UInt8](repeating: 5, count: 1_000)
        #expect(try answer(to: WireClient.framed(gzip, flag: 1), [("grpc-encoding", "gzip")]).message == plain)
        #expect(try answer(to: WireClient.framed(plain), [("grpc-encoding", "gzip")]).message == plain)
        #expect(try answer(to: WireClient.framed([], flag: 1), [("grpc-encoding", "gzip")]).message == [])
        for metadata in [[], [("grpc-encoding", "identity")]] {
            #expect(
                try answer(to: WireClient.framed(gzip, flag: 1), metadata).status
                    == .internalError("Compression bit set but no encoding configured"))
        }
        let unknown = try answer(to: WireClient.framed(gzip, flag: 1), [("grpc-encoding", "snappy")])
        #expect(unknown.status == .unimplemented("Compression algorithm 'snappy' is not supported"))
        #expect(unknown.headers["grpc-accept-encoding"] == "identity,deflate,gzip")
        #expect(
            try answer(to: WireClient.framed(text, flag: 1), [("grpc-encoding", "gzip")]).status?.code == .internalError
        )
    }

    @Test func compressedBombsStopAtTheMessageLimit() throws {
        var options = GRPCServer.Options()
        options.maxReceiveMessageBytes = 1 << 20
        let bomb = try compressed([UInt8](repeating: 0, count: 64 << 20), .gzip)
        let answer = try answer(
            to: WireClient.framed(bomb, flag: 1), [("grpc-encoding", "gzip")], options: options)
        #expect(answer.status?.code == .resourceExhausted)
    }

    @Test(arguments: ["1x", "S", "-1S", "abc"])
    func malformedTimeoutsFailTheCall(_ timeout: String) throws {
        let answer = try answer(to: WireClient.framed(text), [("grpc-timeout", timeout)])
        #expect(
            answer.status
                == .internalError("Invalid grpc-timeout: expected digits and one of HMSmun, got '\(timeout)'"))
    }

    @Test func tooMuchMetadataFailsTheCall() throws {
        let metadata = (0..<10).map { ("x-large-\($0)", String(repeating: "v", count: 2_000)) }
        let server = try TestServer()
        let client = server.client()
        let block = FramePeer.request("/test/Echo", metadata)
        let stream: UInt32 = 1
        client.peer.send(Frame.headers, flags: 0, stream: stream, Array(block[..<16_000]))
        client.peer.send(Frame.continuation, flags: 4, stream: stream, Array(block[16_000...]))
        client.send(WireClient.framed(text), on: stream)
        #expect(client.answer(on: stream).status?.code == .resourceExhausted)
    }

    @Test func answersThatNobodyReadsHaveALimit() throws {
        var options = GRPCServer.Options()
        options.maxBufferedAnswerBytesPerConnection = 3_000_000
        let server = try TestServer(options)
        let client = server.client(window: 0)
        func large() -> UInt32 {
            let stream = client.begin("/test/Large")
            client.send(WireClient.framed(Array("2000000".utf8)), on: stream)
            return stream
        }
        let first = large()
        let second = large()
        #expect(client.answer(on: second).status?.code == .resourceExhausted)
        client.peer.send(Frame.windowUpdate, stream: first, [0, 0x7f, 0, 0])
        #expect(client.answer(on: first).message?.count == 2_000_000)
        let third = large()
        client.peer.send(Frame.windowUpdate, stream: third, [0, 0x7f, 0, 0])
        #expect(client.answer(on: third).message?.count == 2_000_000)
    }
}
