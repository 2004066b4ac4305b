import Glibc
import Kernels
import MicrokernelTypes
import Profiling
import ServingCore
import Synchronization
import Threading

extension MachineLimits {
    /// Measures for some 50 ms what all of `threads` together can do. Other work on the machine makes that less.
    ///
    /// Throws RESOURCE_EXHAUSTED if there is no memory to read.
    static func measure(on threads: ThreadPool, clock: any Clock) throws(Status) -> MachineLimits {
        MachineLimits(
            operationsPerSecond: arithmetic(clock) * Double(threads.threadCount),
            bytesPerSecond: try memory(threads, clock))
    }

    /// The part of each of so many runs at a time.
    func shared(by runs: Int) -> MachineLimits {
        let part = 1 / Double(max(1, runs))
        return MachineLimits(
            operationsPerSecond: operationsPerSecond * part, bytesPerSecond: bytesPerSecond * part)
    }

    /// Operations a second of one thread, of which each runs as fast when it has a core of its own: the best of many short tries.
    private static func arithmetic(_ clock: any Clock) -> Double {
        let rounds = 50_000
        let limits = LimitKernels.current
        let values = [Float](repeating: 0.5, count: limits.valueCount)
        let start = clock.nanoseconds()
        var (now, shortest) = (start, UInt64.max)
        // Looked at, so that no try can be left out.
        var sum: Float = 0
        repeat {
            sum += limits.multiplyAndAdd(rounds, values)
            let end = clock.nanoseconds()
            shortest = min(shortest, max(1, end &- now))
            now = end
        } while now &- start < 15_000_000 || sum == 0
        return Double(rounds * limits.operationsPerRound) / (Double(shortest) / 1e9)
    }

    private static let block = 1 << 20

    /// Bytes a second that all threads read together from more memory than caches hold.
    private static func memory(_ threads: ThreadPool, _ clock: any Clock) throws(Status) -> Double {
        let room = PhysicalMemory.headroom?.available ?? .max
        let blocks = max(16, min(128, room / 4 / block))
        guard let memory = mmap(nil, blocks * block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else { throw .resourceExhausted("no \(Readable.bytes(blocks * block)) to measure the memory's speed") }
        defer { munmap(memory, blocks * block) }
        madvise(memory, blocks * block, MADV_HUGEPAGE)
        let pages = BlockReader(memory, blocks: blocks, block: block)
        // Pages that nobody wrote to are all the same one.
        pages.write()
        var best = 0.0
        for _ in 0..<3 {
            let burst = try RunBurst.measure(
                threads.threadCount, on: threads, nanoseconds: 8_000_000, clock: clock
            ) { () throws(Status) in pages.readNext() }
            best = max(best, burst.rate * Double(block))
        }
        return best
    }
}

/// Reads blocks of memory one after the other, going round.
private final class BlockReader: Sendable {
    private nonisolated(unsafe) let memory: UnsafeMutableRawPointer
    private let blocks: Int
    private let block: Int
    private let next = Atomic<Int>(0)

    init(_ memory: UnsafeMutableRawPointer, blocks: Int, block: Int) {
        self.memory = memory
        self.blocks = blocks
        self.block = block
    }

    func write() { memory.initializeMemory(as: UInt8.self, repeating: 1, count: blocks * block) }

    func readNext() {
        let place = next.wrappingAdd(1, ordering: .relaxed).oldValue % blocks
        let source = UnsafeRawPointer(memory + place * block).assumingMemoryBound(to: Float.self)
        var sum: Float = 0
        withUnsafeMutablePointer(to: &sum) { sum in
            ReductionKernels.current.sum(
                ReductionCall(
                    source: source, count: block / MemoryLayout<Float>.stride, stride: 1, result: sum, resultCount: 1,
                    resultStride: 0, divisor: 1))
        }
    }
}
