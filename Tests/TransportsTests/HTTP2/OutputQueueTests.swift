import Glibc
import Testing

@testable import Transports

private func socketPair() -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
}

private func readAll(_ descriptor: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return result }
        result += buffer[..<count]
    }
}

@Suite struct OutputQueueTests {
    @Test func copiedAndReferredBytesLeaveInOrder() {
        let (near, far) = socketPair()
        defer {
            close(near)
            close(far)
        }
        var queue = OutputQueue(pool: ChunkPool(chunkBytes: 64 << 10, maxIdleChunks: 1))
        let large = ByteBuffer()
        let body = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(body.withUnsafeBytes { large.append($0) })
        var expected: [UInt8] = []
        for word in ["head", "er"] {
            Array(word.utf8).withUnsafeBytes { queue.appendCopy($0.baseAddress!, count: $0.count) }
            expected += Array(word.utf8)
        }
        queue.append(large.bytes.baseAddress!, count: large.count, owner: large)
        queue.append(large.bytes.baseAddress!, count: 3, owner: large)
        expected += body + body[..<3]
        #expect(queue.pendingBytes == expected.count)
        #expect(queue.write(to: near) == .done)
        #expect(queue.isEmpty)
        #expect(readAll(far) == expected)
    }

    @Test func aBlockedSocketKeepsTheRest() {
        let (near, far) = socketPair()
        defer {
            close(near)
            close(far)
        }
        var queue = OutputQueue(pool: ChunkPool(chunkBytes: 64 << 10, maxIdleChunks: 1))
        let large = ByteBuffer()
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        #expect(body.withUnsafeBytes { large.append($0) })
        queue.append(large.bytes.baseAddress!, count: large.count, owner: large)
        #expect(queue.isFull)
        var received: [UInt8] = []
        var blocked = 0
        while queue.write(to: near) == .blocked {
            blocked += 1
            received += readAll(far)
        }
        received += readAll(far)
        #expect(blocked > 0)
        #expect(received == body)
    }

    @Test func aClosedPeerIsAFailure() {
        let (near, far) = socketPair()
        close(far)
        defer { close(near) }
        var queue = OutputQueue(pool: ChunkPool(chunkBytes: 64 << 10, maxIdleChunks: 1))
        [1, 2, 3].withUnsafeBytes { queue.appendCopy($0.baseAddress!, count: 3) }
        #expect(queue.write(to: near) == .failed)
    }
}
