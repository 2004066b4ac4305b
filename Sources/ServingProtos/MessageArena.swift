import CProtobufC
import Glibc

/// The memory of one unpacked message: blocks that are filled from front to back and freed together.
///
/// Nothing is freed earlier, so what the message points to stays valid as long as the arena lives, whatever protobuf-c
/// thinks that it has released. Filled from one thread; immutable once the message is complete.
public final class MessageArena: @unchecked Sendable {
    /// Pieces of at least this size start at a multiple of 64, so that tensors can use them in place.
    static let largePiece = 512

    private var blocks: [UnsafeMutableRawPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var rest = 0
    /// What it takes in all.
    public private(set) var byteCount = 0

    init() {}

    /// An arena whose first block has `capacity` bytes; nil if there is not enough memory.
    init?(capacity: Int) {
        guard addBlock(byteCount: max(capacity, 64)) else { return nil }
    }

    /// How often memory was taken from the system.
    var blockCount: Int { blocks.count }

    deinit { for block in blocks { Glibc.free(block) } }

    /// What a piece of `size` bytes takes at most, rounding and alignment included.
    @inline(__always) static func footprint(_ size: Int) -> Int {
        size < largePiece ? max((size &+ 7) & ~7, 8) : ((size &+ 63) & ~63) &+ 64
    }

    /// `size` bytes, not initialised; nil if there is not enough memory. `size` must be below 2^40.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size >= 0, size < 1 << 40 else { return nil }
        if let piece = take(size) { return piece }
        guard addBlock(byteCount: max(MessageArena.footprint(size), 4096)) else { return nil }
        return take(size)
    }

    /// Copies `bytes` and a zero behind them; nil if there is not enough memory.
    func copyWithTerminator(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer? {
        guard let copy = allocate(bytes.count + 1) else { return nil }
        if let source = bytes.baseAddress { copy.copyMemory(from: source, byteCount: bytes.count) }
        copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
        return copy
    }

    private func take(_ size: Int) -> UnsafeMutableRawPointer? {
        guard let start = next else { return nil }
        let alignment = size < MessageArena.largePiece ? 8 : 64
        let padding = -Int(bitPattern: start) & (alignment - 1)
        let total = padding + ((max(size, 1) + 7) & ~7)
        guard total <= rest else { return nil }
        next = start + total
        rest -= total
        return start + padding
    }

    private func addBlock(byteCount: Int) -> Bool {
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, byteCount) == 0, let memory else { return false }
        blocks.append(memory)
        self.byteCount += byteCount
        next = memory
        rest = byteCount
        return true
    }

    /// Calls `body` with an allocator of protobuf-c that takes from this arena.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = ProtobufCAllocator(
            alloc: { data, size in
                guard let data, let size = Int(exactly: size) else { return nil }
                return Unmanaged<MessageArena>.fromOpaque(data).takeUnretainedValue().allocate(size)
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        return withExtendedLifetime(self) { body(&allocator) }
    }
}
