/// Equal pieces of memory that the connections of one loop borrow while they have output to write.
///
/// A connection without output holds none, so ten thousand idle ones cost nothing here. Confined to its loop.
package final class ChunkPool {
    package let chunkBytes: Int
    private let maxIdleChunks: Int
    private var idle: [UnsafeMutableRawPointer] = []

    init(chunkBytes: Int, maxIdleChunks: Int) {
        self.chunkBytes = chunkBytes
        self.maxIdleChunks = maxIdleChunks
    }

    deinit {
        for chunk in idle { chunk.deallocate() }
    }

    /// A chunk with any contents; it must come back by `give`.
    package func take() -> UnsafeMutableRawPointer {
        idle.popLast() ?? .allocate(byteCount: chunkBytes, alignment: 64)
    }

    package func give(_ chunk: UnsafeMutableRawPointer) {
        if idle.count < maxIdleChunks { idle.append(chunk) } else { chunk.deallocate() }
    }
}
