import Glibc

/// The storage of tensors: bytes that are allocated here, or that belong to something else such as a mapped file.
///
/// Tensors that show the same elements in another shape share one buffer. Aligned to 64 bytes when allocated here.
public final class TensorBuffer: @unchecked Sendable {
    public static let alignment = 64

    public let base: UnsafeMutableRawPointer
    public let byteCount: Int
    /// What keeps foreign bytes alive, for example a mapped file; nil if the buffer owns its memory.
    private let owner: AnyObject?
    private let ownsMemory: Bool
    /// What the elements of a string, resource or variant tensor point to.
    private var attachments: [AnyObject] = []

    /// Allocates `byteCount` bytes, not initialised; nil if there is not enough memory.
    public init?(byteCount: Int) {
        var memory: UnsafeMutableRawPointer?
        guard byteCount >= 0, byteCount <= Int.max - 64 else { return nil }
        guard posix_memalign(&memory, TensorBuffer.alignment, max(byteCount, 64)) == 0, let memory else { return nil }
        base = memory
        self.byteCount = byteCount
        owner = nil
        ownsMemory = true
    }

    /// Shows `byteCount` bytes at `base`, which stay valid as long as `owner` lives and are never written.
    public init(borrowing base: UnsafeRawPointer, byteCount: Int, owner: AnyObject?) {
        self.base = UnsafeMutableRawPointer(mutating: base)
        self.byteCount = byteCount
        self.owner = owner
        ownsMemory = false
    }

    deinit {
        if ownsMemory { free(base) }
    }

    /// False for bytes of a mapped file or another foreign owner.
    public var isWritable: Bool { ownsMemory }

    /// Lets the system have the memory of bytes that can be read again from a file; the next who reads them waits for that.
    /// Other buffers stay as they are.
    public func giveBack() { giveBack(0..<byteCount) }

    /// Brings the bytes into memory if they are not, so that nobody who reads them has to wait. False if they can't be read any
    /// more.
    public func bringBack() -> Bool { bringBack(0..<byteCount) }

    private func giveBack(_ range: Range<Int>) {
        (owner as? any RecoverableMemory)?.giveBack(bytes(range))
    }

    private func bringBack(_ range: Range<Int>) -> Bool {
        (owner as? any RecoverableMemory)?.bringBack(bytes(range)) ?? true
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// True if the first `count` bytes of both are equal; false also if they can't be read. Both must have that many.
    public func holdsSameBytes(as other: TensorBuffer, count: Int) -> Bool {
        precondition(count >= 0 && count <= byteCount && count <= other.byteCount, "buffer too small")
        if base == other.base { return true }
        // In steps, so that not all of both has to be in memory.
        let comparisonStep = 4 << 20
        for start in stride(from: 0, to: count, by: comparisonStep) {
            let range = start..<min(count, start + comparisonStep)
            guard bringBack(range), other.bringBack(range) else { return false }
            defer {
                giveBack(range)
                other.giveBack(range)
            }
            guard memcmp(base + start, other.base + start, range.count) == 0 else { return false }
        }
        return true
    }

    /// Keeps `object` alive as long as this buffer, because elements point to it or into it.
    public func attach(_ object: AnyObject) { attachments.append(object) }

    /// Keeps everything alive that the elements of `other` point to.
    public func attachContents(of other: TensorBuffer) {
        for object in other.attachments where !attachments.contains(where: { $0 === object }) {
            attachments.append(object)
        }
        if other.owner != nil { attachments.append(other) }
    }

    /// Keeps everything alive that the elements of `others`, which may be many, point to.
    public func attachContents(ofAll others: [TensorBuffer]) {
        var known = Set(attachments.map { ObjectIdentifier($0) })
        for other in others {
            for object in other.attachments where known.insert(ObjectIdentifier(object)).inserted {
                attachments.append(object)
            }
            if other.owner != nil, known.insert(ObjectIdentifier(other)).inserted { attachments.append(other) }
        }
    }

    /// Forgets all attachments; for a buffer that is about to be used again.
    public func detachAll() {
        if !attachments.isEmpty { attachments.removeAll() }
    }

    /// True if exactly one object is attached and nothing else refers to it.
    public func holdsOneObjectAlone() -> Bool {
        attachments.count == 1 && isKnownUniquelyReferenced(&attachments[0])
    }

    /// Takes the last attached object off; nil if none is left.
    public func detachLast() -> AnyObject? { attachments.popLast() }

    /// The attached objects, in the order of attachment.
    public var attachedObjects: [AnyObject] { attachments }
}

/// The owner of bytes whose memory the system can have back, because they can be read again from where they came.
public protocol RecoverableMemory: AnyObject, Sendable {
    /// Gives back the memory of `bytes`, and of what stands on the same pages. They can still be read.
    func giveBack(_ bytes: UnsafeRawBufferPointer)

    /// Brings `bytes` into memory; false if that fails.
    func bringBack(_ bytes: UnsafeRawBufferPointer) -> Bool
}

/// The bytes of many strings, which string elements point to.
///
/// A heap is filled once, from one thread, and never changes afterwards; its address is stable.
public final class StringHeap: @unchecked Sendable {
    public let base: UnsafeMutableRawPointer
    public let capacity: Int
    private var used = 0

    /// A heap for exactly `capacity` bytes; nil if there is not enough memory.
    public init?(capacity: Int) {
        guard capacity >= 0, let memory = malloc(max(capacity, 1)) else { return nil }
        base = memory
        self.capacity = capacity
    }

    deinit { free(base) }

    /// Copies `bytes` into the heap and returns the element that shows them. The heap must have room for them.
    public func append(_ bytes: UnsafeRawBufferPointer) -> ElementReference {
        precondition(bytes.count <= capacity - used, "string heap is full")
        let start = base + used
        if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: bytes.count) }
        used += bytes.count
        return ElementReference(pointer: UnsafeRawPointer(start), count: bytes.count)
    }
}
