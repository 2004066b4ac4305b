import ServingCore
import Tensors

/// Buffers for the intermediate values of one execution context: after the first runs nothing is allocated any more.
///
/// Not thread-safe; it belongs to whoever runs the program.
public struct BufferPool: ~Copyable {
    /// Eight size classes for each doubling, so at most an eighth of a buffer is unused.
    private static let classCount = 512
    private let free: UnsafeMutablePointer<BufferStack>
    private var freeBytes = 0
    private var bytesInUse = 0
    private var peakBytes = 0
    private var runs = 0
    /// More than any machine can map.
    private static let addressSpace = 1 << 48
    /// No single run may hold more than this at a time.
    private let limit: Int

    public init(limit: Int) {
        self.limit = limit
        free = .allocate(capacity: BufferPool.classCount)
        for index in 0..<BufferPool.classCount { (free + index).initialize(to: BufferStack()) }
    }

    deinit {
        free.deinitialize(count: BufferPool.classCount)
        free.deallocate()
    }

    private static func sizeClass(_ byteCount: Int) -> (index: Int, capacity: Int) {
        let size = max(byteCount, 64)
        let exponent = Int.bitWidth - 1 - size.leadingZeroBitCount
        let step = 1 << max(exponent - 3, 0)
        let rounded = (size + step - 1) & ~(step - 1)
        let top = Int.bitWidth - 1 - rounded.leadingZeroBitCount
        return (top * 8 + (rounded >> (top - 3)) & 7, rounded)
    }

    /// A buffer of at least `byteCount` bytes with any contents; nil if it does not fit into memory or the limit.
    mutating func take(_ byteCount: Int) -> TensorBuffer? { takeUnmanaged(byteCount)?.takeRetainedValue() }

    /// As `take`, for callers that pass the one reference on themselves.
    mutating func takeUnmanaged(_ byteCount: Int) -> Unmanaged<TensorBuffer>? {
        guard byteCount >= 0, byteCount <= min(limit - bytesInUse, BufferPool.addressSpace) else { return nil }
        let (index, capacity) = BufferPool.sizeClass(byteCount)
        if let reused = takeFree(from: index) { return reused }
        guard let fresh = TensorBuffer(byteCount: capacity) else { return nil }
        count(capacity)
        return .passRetained(fresh)
    }

    /// The smallest free buffer of this class or of the classes up to twice its size.
    private mutating func takeFree(from index: Int) -> Unmanaged<TensorBuffer>? {
        for candidate in index..<min(index + 8, BufferPool.classCount) {
            guard let buffer = free[candidate].pop() else { continue }
            let bytes = buffer._withUnsafeGuaranteedRef { $0.byteCount }
            freeBytes -= bytes
            count(bytes)
            return buffer
        }
        return nil
    }

    private mutating func count(_ bytes: Int) {
        bytesInUse += bytes
        peakBytes = max(peakBytes, bytesInUse)
    }

    /// Takes back a buffer that nobody else refers to any more; one that was made elsewhere in a size of its own is freed.
    mutating func recycle(_ buffer: consuming TensorBuffer) {
        bytesInUse = max(0, bytesInUse - buffer.byteCount)
        let (index, capacity) = BufferPool.sizeClass(buffer.byteCount)
        guard capacity == buffer.byteCount else { return }
        buffer.detachAll()
        freeBytes += capacity
        free[index].push(buffer)
    }

    /// Counts `bytes` that are not taken from here as used; false if that would exceed the limit.
    mutating func charge(_ bytes: Int) -> Bool {
        guard bytes >= 0, bytes <= limit - bytesInUse else { return false }
        bytesInUse += bytes
        return true
    }

    /// Takes back what `charge` counted.
    mutating func discharge(_ bytes: Int) { bytesInUse = max(0, bytesInUse - bytes) }

    /// Counts nothing as used any more.
    mutating func forgetUse() { bytesInUse = 0 }

    /// Ends a run. Now and then memory far above the recent need is given back.
    mutating func endRun() {
        bytesInUse = 0
        runs += 1
        guard runs % 256 == 0 else { return }
        if freeBytes > peakBytes * 2 {
            for index in 0..<BufferPool.classCount { free[index].removeAll() }
            freeBytes = 0
        }
        peakBytes = 0
    }
}

/// Buffers of one size class; the one that came last, whose bytes are most likely in the cache, goes first.
private struct BufferStack: ~Copyable {
    private var buffers: UnsafeMutablePointer<Unmanaged<TensorBuffer>>?
    private var count = 0
    private var capacity = 0

    init() {}

    deinit {
        for index in 0..<count { buffers![index].release() }
        buffers?.deallocate()
    }

    /// With the reference that `push` was given.
    mutating func pop() -> Unmanaged<TensorBuffer>? {
        guard count > 0 else { return nil }
        count -= 1
        return buffers![count]
    }

    mutating func push(_ buffer: consuming TensorBuffer) {
        if count == capacity { grow() }
        buffers![count] = .passRetained(buffer)
        count += 1
    }

    mutating func removeAll() { while let buffer = pop() { buffer.release() } }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Unmanaged<TensorBuffer>>.allocate(capacity: max(4, capacity * 2))
        if let buffers {
            larger.update(from: buffers, count: count)
            buffers.deallocate()
        }
        buffers = larger
        capacity = max(4, capacity * 2)
    }
}
