import ServingCore
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
    private let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7 * 3) }

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
        #expect(bomb.count < 10_000)
        #expect(code(decompressed(bomb, encoding, limit: 4 << 20)) == .ok)
        #expect(code(decompressed(bomb, encoding, limit: (4 << 20) - 1)) == .resourceExhausted)
        #expect(code(decompressed(bomb, encoding, limit: 100)) == .resourceExhausted)
        #expect(code(decompressed(bomb, encoding, limit: 4 << 20, room: 1 << 20)) == .resourceExhausted)
    }

    @Test func whatDoesNotShrinkStaysAsItIs() {
        #expect([1, 2, 3].withUnsafeBytes { Compression.compress($0, .gzip) } == nil)
    }
}
