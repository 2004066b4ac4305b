import Glibc

/// Bytes on their way to a socket: small ones copied together into a borrowed chunk, large ones referred to where they
/// are.
struct OutputQueue {
    private struct Segment {
        var base: UnsafeRawPointer
        var count: Int
        /// What owns referred bytes; nil for those in the chunk.
        var owner: ByteBuffer?
    }

    enum WriteResult {
        case done
        case blocked
        case failed
    }

    private let pool: ChunkPool
    private var segments: [Segment] = []
    private var head = 0
    private var chunk: UnsafeMutableRawPointer?
    private var used = 0
    private(set) var pendingBytes = 0

    /// So many bytes are gathered for one write at most.
    private static let highWater = 1 << 20
    private static let vectorsPerWrite = 128
    /// The longest piece that nghttp2 hands out at once, with its header.
    private static let longestPiece = 17 << 10
    /// Shorter bodies are copied: cheaper than one more element of a vector.
    private static let copyLimit = 2 << 10

    init(pool: ChunkPool) { self.pool = pool }

    var isEmpty: Bool { pendingBytes == 0 }

    /// True if another piece of any kind must wait until something has been written.
    var isFull: Bool {
        pendingBytes >= OutputQueue.highWater || used > pool.chunkBytes - OutputQueue.longestPiece
    }

    /// Appends a copy of at most `longestPiece` bytes; only when not full.
    mutating func appendCopy(_ source: UnsafeRawPointer, count: Int) {
        precondition(count <= pool.chunkBytes - used, "output chunk is full")
        if chunk == nil { chunk = pool.take() }
        let start = chunk! + used
        memcpy(start, source, count)
        used += count
        pendingBytes += count
        if let last = segments.indices.last, last >= head, segments[last].owner == nil,
            segments[last].base + segments[last].count == UnsafeRawPointer(start)
        {
            segments[last].count += count
        } else {
            segments.append(Segment(base: start, count: count, owner: nil))
        }
    }

    /// Appends `count` bytes at `base`, which lie in `owner`; only when not full.
    mutating func append(_ base: UnsafeRawPointer, count: Int, owner: ByteBuffer) {
        guard count > OutputQueue.copyLimit else { return appendCopy(base, count: count) }
        segments.append(Segment(base: base, count: count, owner: owner))
        pendingBytes += count
    }

    /// Writes until everything is out or the socket takes no more.
    mutating func write(to descriptor: Int32) -> WriteResult {
        while pendingBytes > 0 {
            let written = writeOnce(to: descriptor)
            if written < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .blocked : .failed
            }
            drop(written)
        }
        reset()
        return .done
    }

    private func writeOnce(to descriptor: Int32) -> Int {
        let waiting = min(segments.count - head, OutputQueue.vectorsPerWrite)
        if waiting == 1 {
            return send(descriptor, segments[head].base, segments[head].count, Int32(MSG_NOSIGNAL))
        }
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: waiting) { vectors in
            for index in 0..<waiting {
                let segment = segments[head + index]
                vectors[index] = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: segment.base), iov_len: segment.count)
            }
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = waiting
            return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
        }
    }

    private mutating func drop(_ written: Int) {
        var rest = written
        pendingBytes -= written
        while rest > 0 {
            let taken = min(rest, segments[head].count)
            segments[head].base += taken
            segments[head].count -= taken
            rest -= taken
            guard segments[head].count == 0 else { return }
            segments[head].owner = nil
            head += 1
        }
    }

    /// Forgets everything and gives the chunk back.
    mutating func reset() {
        segments.removeAll(keepingCapacity: segments.capacity <= 256)
        head = 0
        used = 0
        pendingBytes = 0
        if let chunk { pool.give(chunk) }
        chunk = nil
    }
}
