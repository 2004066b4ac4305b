import ServingCore
import TestSupport
import Testing
import Threading

@testable import GRPC

@Suite struct CompressedAnswerTests {
    private let accepting = ("grpc-accept-encoding", "identity, deflate, gzip")
    private let text = [UInt8](repeating: 97, count: 3_000)

    /// The message of an answer that must be compressed with `encoding`.
    private func message(_ answer: WireAnswer, _ encoding: MessageEncoding) throws -> [UInt8] {
        #expect(answer.headers["grpc-encoding"] == encoding.name)
        #expect(answer.status == .ok)
        let body = answer.body
        try #require(body.count > 5 && body[0] == 1)
        #expect(body[1..<5].reduce(0) { $0 << 8 | Int($1) } == body.count - 5)
        return try body[5...].withUnsafeBytes { bytes in
            try Compression.decompress(bytes, encoding, limit: 1 << 30) { _ in true }.copiedBytes
        }
    }

    @Test(arguments: [MessageEncoding.gzip, .deflate], ["/test/Echo", "/test/EchoLater"])
    func theAnswerIsCompressedLikeTheRequest(_ encoding: MessageEncoding, _ path: String) throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin(path, [("grpc-encoding", encoding.name), accepting])
        client.send(WireClient.framed(try compressed(text, encoding), flag: 1), on: stream)
        #expect(try message(client.answer(on: stream), encoding) == text)
        // The encoding is announced, but this message did not need it.
        let plain = client.begin(path, [("grpc-encoding", encoding.name), accepting])
        client.send(WireClient.framed(text), on: plain)
        #expect(try message(client.answer(on: plain), encoding) == text)
    }

    @Test func nobodyElsesAnswerIsCompressed() throws {
        let server = try TestServer()
        let client = server.client()
        for metadata in [
            [], [accepting], [("grpc-encoding", "gzip")],
            [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "deflate")],
        ] {
            let answer = client.call("/test/Echo", text, metadata)
            #expect(answer.message == text && answer.headers["grpc-encoding"] == nil)
        }
        // Objects of calls are used again: what an earlier call wanted is forgotten.
        #expect(try message(client.call("/test/Echo", text, [("grpc-encoding", "gzip"), accepting]), .gzip) == text)
        #expect(client.call("/test/Echo", text).message == text)
    }

    @Test func smallAnswersAndThoseThatDoNotShrinkAreSentAsTheyAre() throws {
        let server = try TestServer()
        let client = server.client()
        var random = Seeded(state: 3)
        let noise = (0..<4_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        for bytes in [Array(text[..<1_000]), noise, []] {
            let answer = client.call("/test/Echo", bytes, [("grpc-encoding", "gzip"), accepting])
            #expect(answer.message == bytes && answer.headers["grpc-encoding"] == nil)
        }
    }

    @Test func largeAnswersAreCompressedElsewhere() throws {
        var options = GRPCServer.Options()
        options.compression.policy = .always
        let pool = ThreadPool(name: "offload", threadCount: 1)
        defer { pool.stop() }
        let offloaded = ConditionLock(0)
        options.offload = { work in
            offloaded.withLock { $0 += 1 }
            pool.submit(work)
        }
        let server = try TestServer(options)
        let client = server.client()
        let answer = client.call("/test/Large", Array("20000000".utf8), [accepting])
        #expect(answer.body.count < 200_000)
        #expect(try message(answer, .gzip) == [UInt8](repeating: 7, count: 20_000_000))
        #expect(offloaded.withLock { $0 } == 1)
        #expect(try message(client.call("/test/Echo", text, [accepting]), .gzip) == text)
        #expect(offloaded.withLock { $0 } == 1)
        #expect(server.eventually { $0.callsInProgress == 0 })
    }

    @Test func withoutHelpTheLoopDoesNotCompressLargeAnswers() throws {
        var options = GRPCServer.Options()
        options.compression.policy = .always
        let server = try TestServer(options)
        let answer = server.client().call("/test/Large", Array("100000".utf8), [accepting])
        #expect(answer.message?.count == 100_000)
    }

    @Test func disabledEncodingsAreNeitherOfferedNorUnderstood() throws {
        var options = GRPCServer.Options()
        options.compression.enabled = .deflate
        let server = try TestServer(options)
        let client = server.client()
        let stream = client.begin("/test/Echo", [("grpc-encoding", "gzip"), accepting])
        client.send(WireClient.framed(try compressed(text, .gzip), flag: 1), on: stream)
        let answer = client.answer(on: stream)
        #expect(answer.status == .unimplemented("Compression algorithm 'gzip' is disabled."))
        #expect(answer.headers["grpc-accept-encoding"] == "identity,deflate")
    }

    @Test func answersMayCarryTrailers() throws {
        let server = try TestServer()
        let answer = server.client().call("/test/Trailers", text)
        #expect(answer.message == text)
        #expect(answer.trailers == ["grpc-status": "0", "x-one": "1", "x-two": "b c"])
    }
}
