import ServingCore
import TestSupport
import Testing
import Transports

@testable import GRPC

private func decompressed(
    _ bytes: [UInt8], _ encoding: MessageEncoding, limit: Int = 1 << 20, room: Int = .max
) -> Result<[UInt8], Status> {
    var left = room
    return bytes.withUnsafeBytes { bytes in
        do throws(Status) {
            let output = try Compression.decompress(bytes, encoding, limit: limit) { more in
                left -= more
                return left >= 0
            }
            return .success(output.copiedBytes)
        } catch {
            return .failure(error)
        }
    }
}

private func code(_ result: Result<[UInt8], Status>) -> StatusCode {
    if case .failure(let status) = result { status.code } else { .ok }
}

@Suite struct CompressionTests {
    @Test(arguments: [MessageEncoding.gzip, .deflate])
    func whatIsCompressedComesBack(_ encoding: MessageEncoding) throws {
        let small = try compressed(text, encoding)
        #expect(small.count < text.count / 2)
        #expect(decompressed(small, encoding) == .success(text))
    }

    @Test func knownStreamsAreUnderstood() {
        let gzip: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff, 0xcb, 0xc8, 4, 0, 0xac, 0x2a, 0x93, 0xd8, 2, 0, 0, 0,
        ]
        #expect(decompressed(gzip, .gzip) == .success(Array("hi".utf8)))
        let zlib: [UInt8] = [0x78, 0x9c, 0xcb, 0xc8, 4, 0, 1, 0x3b, 0, 0xd2]
        #expect(decompressed(zlib, .deflate) == .success(Array("hi".utf8)))
    }

    @Test(arguments: [MessageEncoding.gzip, .deflate])
    func everyTruncationAndSurplusIsAnError(_ encoding: MessageEncoding) throws {
        let small = try compressed(Array(text[..<2_000]), encoding)
        for count in 0..<small.count { #expect(code(decompressed(Array(small[..<count]), encoding)) == .internalError) }
        #expect(code(decompressed(small + [0], encoding)) == .internalError)
        #expect(code(decompressed(small + small, encoding)) == .internalError)
        #expect(code(decompressed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], encoding)) == .internalError)
    }

    @Test(arguments: [MessageEncoding.gzip, .deflate])
    func bombsStopAtTheLimit(_ encoding: MessageEncoding) throws {
        let bomb = try compressed([UInt8](repeating: 0, count: 4 << 20), encoding)
        #expect(bomb.count < 20_000)
        #expect(code(decompressed(bomb, encoding, limit: 4 << 20)) == .ok)
        #expect(code(decompressed(bomb, encoding, limit: (4 << 20) - 1)) == .resourceExhausted)
        #expect(code(decompressed(bomb, encoding, limit: 100)) == .resourceExhausted)
        #expect(code(decompressed(bomb, encoding, limit: 4 << 20, room: 1 << 20)) == .resourceExhausted)
    }

    @Test(arguments: [[1, 2, 3], noise(2_000), noise(1 << 20), Array(text[..<100_000]) + noise(1 << 20)])
    func whatHardlyShrinksStaysAsItIs(_ bytes: [UInt8]) throws {
        let message = try bytes.withUnsafeBytes { try OutgoingMessage(copying: $0) }
        #expect(message.compressed(.gzip) == nil)
        #expect(message.compressed(.identity) == nil)
    }

    @Test func nobodyWaitsForTheRest() throws {
        let message = try text.withUnsafeBytes { try OutgoingMessage(copying: $0) }
        let cancellation = CancellationFlag()
        #expect(message.compressed(.gzip, cancellation: cancellation) != nil)
        cancellation.cancel()
        #expect(message.compressed(.gzip, cancellation: cancellation) == nil)
    }

    @Test(arguments: [MessageEncoding.gzip, .deflate])
    func messagesOfAllSizesComeBack(_ encoding: MessageEncoding) throws {
        var random = Seeded(state: 7)
        for _ in 0..<60 {
            let count = Int.random(in: 1...(1 << Int.random(in: 1...21, using: &random)), using: &random)
            let period = Int.random(in: 1...5_000, using: &random)
            let letters = noise(period)
            let bytes = (0..<count).map { letters[$0 % period] & 0x3f }
            let message = try bytes.withUnsafeBytes { try OutgoingMessage(copying: $0) }
            guard let small = message.compressed(encoding) else { continue }
            #expect(small.byteCount <= bytes.count - bytes.count / 8)
            let framed = small.buffer.copiedBytes
            #expect(framed[0] == 1)
            #expect(framed[1..<5].reduce(0) { $0 << 8 | Int($1) } == framed.count - 5)
            #expect(decompressed(Array(framed[5...]), encoding, limit: 1 << 21) == .success(bytes))
        }
    }
}

private let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7 * 3) }

private func noise(_ count: Int) -> [UInt8] {
    var random = Seeded(state: 1)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
}
