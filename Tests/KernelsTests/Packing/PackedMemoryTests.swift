import Glibc
import Tensors
import Testing

@testable import Kernels

@Suite struct PackedMemoryTests {
    @Test(arguments: [0, 1, 65535, 65536, 65537, (1 << 21) + 1, (16 << 20) + 5])
    func memoryIsAlignedAndOnesOwn(count: Int) throws {
        let memory = PackedMemory()
        let buffers = try (0..<5).map { _ in try #require(memory.allocate(byteCount: count)) }
        for (index, buffer) in buffers.enumerated() {
            #expect(buffer.byteCount == count && Int(bitPattern: buffer.base) % 64 == 0)
            memset(buffer.base, Int32(index + 1), count)
        }
        for (index, buffer) in buffers.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: buffer.base, count: count)
            #expect(bytes.allSatisfy { $0 == UInt8(index + 1) })
        }
    }

    @Test(arguments: [0, 1, (2 << 20) - 1, 2 << 20, (5 << 20) + 3])
    func memoryForAWhileIsThere(count: Int) throws {
        let buffer = try #require(PackedMemory.allocateBriefly(byteCount: count))
        memset(buffer.base, 1, count)
        #expect(buffer.byteCount == count && Int(bitPattern: buffer.base) % 64 == 0)
    }

    @Test func freedMemoryGoesBackWhileItsNeighboursStay() throws {
        let memory = PackedMemory()
        let count = 8 << 20
        var buffers = try (0..<20).map { _ in try #require(memory.allocate(byteCount: count)) }
        for buffer in buffers { memset(buffer.base, 7, count) }
        let gone = buffers.remove(at: 1).base
        #expect(residentPages(gone, count) == 0)
        for buffer in buffers {
            #expect(UnsafeRawBufferPointer(start: buffer.base, count: count).allSatisfy { $0 == 7 })
        }
    }

    /// How many pages of mapped addresses are in memory.
    private func residentPages(_ base: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        var states = [UInt8](repeating: 0, count: count / page)
        guard mincore(base, count, &states) == 0 else { return -1 }
        return states.count { $0 & 1 != 0 }
    }

    @Test func whatNoSystemHasIsRefused() {
        #expect(PackedMemory().allocate(byteCount: .max) == nil)
        #expect(PackedMemory().allocate(byteCount: .max / 2) == nil)
    }
}
