import Glibc

/// Bytes with one owner at a time: filled by one, then handed over whole, never written again by the first.
///
/// The first byte is aligned to 16 bytes. Growing large buffers moves pages instead of copying where the system can.
public final class ByteBuffer: @unchecked Sendable {  // handed over, never shared while it is written
    private var base: UnsafeMutableRawPointer?
    public private(set) var capacity = 0
    public private(set) var count = 0
    /// Whoever owns the memory, if that is not this buffer.
    private var lender: AnyObject?

    public init() {}

    /// A buffer that refers to `bytes` where they are; it grows by copying them.
    /// - Parameter owner: keeps `bytes` valid and unchanged.
    package init(lent bytes: UnsafeRawBufferPointer, by owner: AnyObject) {
        base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        capacity = bytes.count
        count = bytes.count
        lender = owner
    }

    deinit { if lender == nil { free(base) } }

    /// The bytes written so far; valid until the next change and only while the buffer is referenced.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Makes room for `capacity` bytes in all; false if there is not enough memory, the contents are kept then.
    public func reserve(_ capacity: Int) -> Bool {
        guard capacity > self.capacity else { return true }
        guard let larger = realloc(lender == nil ? base : nil, capacity) else { return false }
        if lender != nil, let base { memcpy(larger, base, count) }
        lender = nil
        base = larger
        self.capacity = capacity
        return true
    }

    /// Appends a copy of `source`; false if there is not enough memory.
    public func append(_ source: UnsafeRawBufferPointer) -> Bool {
        guard let first = source.baseAddress, source.count > 0 else { return true }
        let (total, overflow) = count.addingReportingOverflow(source.count)
        guard !overflow else { return false }
        if total > capacity, !reserve(max(total, capacity > Int.max / 2 ? total : capacity * 2)) { return false }
        memcpy(base! + count, first, source.count)
        count = total
        return true
    }

    /// Appends as many bytes as `body` says that it wrote into the memory it gets, which has room for `limit` bytes;
    /// false (and `body` is not called) if there is not enough memory.
    public func append(upTo limit: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
        let (total, overflow) = count.addingReportingOverflow(limit)
        guard limit >= 0, !overflow, reserve(total) else { return false }
        let written = body(UnsafeMutableRawBufferPointer(start: base.map { $0 + count }, count: limit))
        precondition(written >= 0 && written <= limit, "wrote \(written) bytes into a room for \(limit)")
        count += written
        return true
    }

    /// Writes over bytes that are already there, which must not be lent ones.
    public func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        precondition(lender == nil, "lent bytes are not to be changed")
        body(UnsafeMutableRawBufferPointer(start: base, count: count))
    }

    /// Empties the buffer, and gives back memory above `limit` bytes.
    public func removeAll(keepingCapacityUpTo limit: Int) {
        count = 0
        guard capacity > limit || lender != nil else { return }
        if lender == nil { free(base) }
        lender = nil
        base = nil
        capacity = 0
    }
}
