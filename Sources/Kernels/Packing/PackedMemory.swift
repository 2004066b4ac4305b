import Glibc
import Synchronization
import Tensors

/// Memory for packed weights: large pages as far as the system has them, because those are filled with far fewer page faults
/// and read with fewer misses of the address cache.
///
/// Weights lie one behind the other, so that they fill large pages. What nobody holds any more goes back to the system at
/// once, whatever lies around it.
final class PackedMemory: Sendable {
    static let shared = PackedMemory()

    /// Addresses, which take memory only as they are written.
    private final class Chunk: Sendable {
        let base: UInt
        let byteCount: Int

        /// Nil if there are no addresses left. `byteCount` must be whole pages.
        init?(byteCount: Int) {
            // One large page more than asked for, so that they can begin at the beginning of one.
            let (total, overflow) = byteCount.addingReportingOverflow(PackedMemory.largePage)
            guard !overflow,
                let memory = mmap(nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                memory != MAP_FAILED
            else { return nil }
            let first = UInt(bitPattern: memory)
            let mask = UInt(PackedMemory.largePage - 1)
            base = (first + mask) & ~mask
            self.byteCount = byteCount
            let end = base + UInt(byteCount)
            if base > first { munmap(memory, Int(base - first)) }
            let rest = first + UInt(total) - end
            if rest > 0 { munmap(UnsafeMutableRawPointer(bitPattern: end), Int(rest)) }
            madvise(UnsafeMutableRawPointer(bitPattern: base), byteCount, MADV_HUGEPAGE)
        }

        deinit { munmap(UnsafeMutableRawPointer(bitPattern: base), byteCount) }
    }

    /// What one buffer has of a chunk.
    private final class Part: Sendable {
        let chunk: Chunk
        let range: Range<UInt>

        init(_ chunk: Chunk, _ range: Range<UInt>) {
            self.chunk = chunk
            self.range = range
        }

        deinit {
            let page = PackedMemory.page
            let first = (range.lowerBound + page - 1) & ~(page - 1)
            let end = range.upperBound & ~(page - 1)
            if first < end { madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED) }
        }
    }

    private struct State {
        var chunk: Chunk?
        var used = 0
    }

    private static let largePage = 2 << 20
    private static let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
    private static let chunkSize = 64 << 20
    /// Larger buffers have a chunk of their own.
    private static let largestPart = 16 << 20
    /// Smaller ones come from the heap.
    static let smallestPart = 64 << 10

    private let state = Mutex(State())

    /// `byteCount` bytes on a boundary of 64; nil if there is not enough memory.
    func allocate(byteCount: Int) -> TensorBuffer? {
        guard byteCount >= PackedMemory.smallestPart else { return TensorBuffer(byteCount: byteCount) }
        guard let wanted = Self.wholePages(byteCount), let (chunk, offset) = place(byteCount: wanted) else {
            return nil
        }
        let first = chunk.base + UInt(offset)
        return TensorBuffer(
            borrowing: UnsafeRawPointer(bitPattern: first)!, byteCount: byteCount,
            owner: Part(chunk, first..<first + UInt(wanted)))
    }

    /// The same for bytes that are soon given back, among which no weights shall lie.
    static func allocateBriefly(byteCount: Int) -> TensorBuffer? {
        guard byteCount >= largePage else { return TensorBuffer(byteCount: byteCount) }
        return wholePages(byteCount).flatMap { Chunk(byteCount: $0) }.map { chunk in
            TensorBuffer(borrowing: UnsafeRawPointer(bitPattern: chunk.base)!, byteCount: byteCount, owner: chunk)
        }
    }

    private static func wholePages(_ byteCount: Int) -> Int? {
        let (rounded, overflow) = byteCount.addingReportingOverflow(Int(page) - 1)
        return overflow ? nil : rounded & ~Int(page - 1)
    }

    /// `byteCount` must be whole pages.
    private func place(byteCount: Int) -> (Chunk, offset: Int)? {
        guard byteCount <= PackedMemory.largestPart else { return Chunk(byteCount: byteCount).map { ($0, 0) } }
        return state.withLock { state in
            if let chunk = state.chunk, byteCount <= chunk.byteCount - state.used {
                defer { state.used += byteCount }
                return (chunk, state.used)
            }
            guard let chunk = Chunk(byteCount: PackedMemory.chunkSize) else { return nil }
            state = State(chunk: chunk, used: byteCount)
            return (chunk, 0)
        }
    }
}
