import Tensors
import Testing

@testable import Execution

/// Takes a buffer that must be there.
private func take(_ byteCount: Int, from pool: inout BufferPool) -> TensorBuffer {
    guard let buffer = pool.take(byteCount) else { preconditionFailure("no buffer of \(byteCount) bytes") }
    return buffer
}

@Suite struct BufferPoolTests {
    @Test func recycledBufferIsTakenAgainForTheSameSize() {
        var pool = BufferPool(limit: .max)
        let first = take(1000, from: &pool)
        let address = first.base
        pool.recycle(first)
        let second = take(990, from: &pool)
        #expect(second.base == address)
    }

    @Test func bufferThatCameBackLastIsTakenFirst() {
        var pool = BufferPool(limit: .max)
        let buffers = (0..<20).map { _ in take(1000, from: &pool) }
        let addresses = buffers.map(\.base)
        for buffer in buffers { pool.recycle(buffer) }
        let again = (0..<20).map { _ in take(1000, from: &pool).base }
        #expect(again == addresses.reversed())
    }

    @Test func everySizeGetsABufferAtLeastAsLarge() {
        var pool = BufferPool(limit: .max)
        for size in [0, 1, 63, 64, 65, 127, 128, 129, 1000, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1] {
            let buffer = take(size, from: &pool)
            #expect(buffer.byteCount >= size)
            #expect(buffer.byteCount <= max(64, size + size / 8 + 1))
            pool.recycle(buffer)
        }
    }

    @Test func bufferOfForeignSizeIsNotTakenForALargerOne() {
        var pool = BufferPool(limit: .max)
        pool.recycle(TensorBuffer(byteCount: 1001)!)
        let larger = take(1024, from: &pool)
        #expect(larger.byteCount >= 1024)
    }

    @Test func limitHoldsForTheSumOfAllBuffers() {
        var pool = BufferPool(limit: 4096)
        let first = take(2048, from: &pool)
        _ = take(1024, from: &pool)
        let refused = pool.take(2048)
        #expect(refused == nil)
        pool.recycle(first)
        let granted = pool.take(2048)
        #expect(granted != nil)
    }

    @Test func negativeAndEnormousSizesAreRefused() {
        var pool = BufferPool(limit: .max)
        let negative = pool.take(-1)
        let enormous = pool.take(.max)
        #expect(negative == nil)
        #expect(enormous == nil)
    }
}
