import CZlib
import ServingCore
import Testing
import Transports

@testable import HTTP

@Suite struct CompressedBodyTests {
    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        let buffer = bytes.withUnsafeBytes { Gzip.compress($0, CancellationFlag())! }
        return withExtendedLifetime(buffer) { Array(buffer.bytes) }
    }

    private func ask(_ server: HTTPTestServer, _ body: [UInt8]) -> HTTPPeer.Answer? {
        HTTPPeer(server).ask("POST", "/echo", ["Content-Encoding: gzip"], body: body)
    }

    @Test(arguments: [100, 3_000_000]) func bodiesAreInflated(count: Int) throws {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7 + $0 * $0 / 1000) }
        let compressed = (count < 1000 ? nil : gzip(body)) ?? gzip([UInt8](repeating: 5, count: count))
        let expected = count < 1000 ? [UInt8](repeating: 5, count: count) : body
        #expect(ask(try HTTPTestServer(), compressed)?.body == expected)
    }

    @Test func brokenBodiesCountAsEmpty() throws {
        let server = try HTTPTestServer()
        let good = gzip([UInt8](repeating: 9, count: 10_000))
        var broken = good
        broken[broken.count - 5] ^= 1
        for body in [Array("plain".utf8), Array(good.dropLast()), broken, good + [0], [0x1f, 0x8b]] {
            let answer = try #require(ask(server, body))
            #expect(answer.status == 200 && answer.body.isEmpty && answer.fields["x-padding"] == "true")
        }
    }

    @Test func bombsCountAsEmpty() throws {
        let server = try HTTPTestServer { $0.maxInflatedBytes = 1_000_000 }
        let limit = [UInt8](repeating: 0, count: 1_000_000)
        #expect(ask(server, gzip(limit))?.body.count == 1_000_000)
        #expect(ask(server, gzip(limit + [0]))?.body.count == 0)
        #expect(comesTrue { server.server.bufferedBodyBytes == 0 })
    }

    @Test func inflatedBodiesNeedRoom() throws {
        let server = try HTTPTestServer { $0.maxBufferedBodyBytes = 500_000 }
        #expect(ask(server, gzip([UInt8](repeating: 0, count: 2_000_000)))?.status == 503)
        #expect(comesTrue { server.server.bufferedBodyBytes == 0 })
        #expect(ask(server, gzip([UInt8](repeating: 0, count: 100_000)))?.status == 200)
    }

    @Test func answersAreCompressedForThoseWhoAcceptIt() throws {
        let peer = HTTPPeer(try HTTPTestServer())
        for count in [8000, 800_000] {
            let answer = try #require(peer.ask("GET", "/text?\(count)", ["Accept-Encoding: br, gzip"]))
            #expect(answer.fields["content-encoding"] == "gzip" && answer.fields["vary"] == "Accept-Encoding")
            var length = 0
            let isWhole = answer.body.withUnsafeBytes { bytes in
                Gzip.inflate(bytes) { piece in
                    length += piece.count
                    return true
                }
            }
            #expect(isWhole && length == count)
        }
        #expect(peer.ask("/text?8000")?.body.count == 8000)
    }
}
