import CNghttp2
import Glibc

/// The memory of the HTTP/2 sessions of one loop: pieces that sessions give back are kept for the next request, so that
/// streams and frames come and go without the system's allocator. Confined to its loop.
final class SessionMemory {
    /// Before each piece: its size class, or `large`, and its size.
    private struct Header {
        let sizeClass: Int
        let byteCount: Int
    }

    /// What a piece begins with while nobody uses it.
    private struct IdlePiece {
        var next: UnsafeMutableRawPointer?
    }

    private static let headerBytes = 16
    /// Pieces come in multiples of that.
    private static let step = 64
    private static let classCount = 16
    private static let large = -1
    /// More than that is given back to the system.
    private static let maxIdleBytes = 1 << 20

    private var idle = InlineArray<16, UnsafeMutableRawPointer?>(repeating: nil)
    private(set) var idleBytes = 0
    /// What nghttp2 calls.
    private(set) var functions = nghttp2_mem()

    init() {
        functions.mem_user_data = Unmanaged.passUnretained(self).toOpaque()
        functions.malloc = { size, user in SessionMemory.of(user) { $0.take(size) } }
        functions.free = { piece, user in SessionMemory.of(user) { $0.give(piece) } }
        functions.calloc = { count, size, user in SessionMemory.of(user) { $0.takeZeroed(count, size) } }
        functions.realloc = { piece, size, user in SessionMemory.of(user) { $0.resize(piece, size) } }
    }

    deinit {
        for index in 0..<SessionMemory.classCount {
            while let piece = popIdle(index) { Glibc.free(piece - SessionMemory.headerBytes) }
        }
    }

    @inline(__always) private static func of<Result>(
        _ user: UnsafeMutableRawPointer?, _ body: (SessionMemory) -> Result
    ) -> Result {
        Unmanaged<SessionMemory>.fromOpaque(user!)._withUnsafeGuaranteedRef(body)
    }

    // MARK: Pieces

    /// Nil without memory.
    func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let index = (max(byteCount, 1) - 1) / SessionMemory.step
        guard index < SessionMemory.classCount else { return allocate(byteCount, SessionMemory.large) }
        return popIdle(index) ?? allocate((index + 1) * SessionMemory.step, index)
    }

    func give(_ piece: UnsafeMutableRawPointer?) {
        guard let piece else { return }
        let header = SessionMemory.header(of: piece)
        guard header.sizeClass != SessionMemory.large, idleBytes + header.byteCount <= SessionMemory.maxIdleBytes else {
            return Glibc.free(piece - SessionMemory.headerBytes)
        }
        piece.storeBytes(of: IdlePiece(next: idle[header.sizeClass]), as: IdlePiece.self)
        idle[header.sizeClass] = piece
        idleBytes += header.byteCount
    }

    func takeZeroed(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow, let piece = take(byteCount) else { return nil }
        memset(piece, 0, byteCount)
        return piece
    }

    /// The contents of `piece` in a piece of another size; nil without memory, `piece` is kept then.
    func resize(_ piece: UnsafeMutableRawPointer?, _ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let piece else { return take(byteCount) }
        let old = SessionMemory.header(of: piece).byteCount
        guard byteCount > old else { return piece }
        guard let larger = take(byteCount) else { return nil }
        memcpy(larger, piece, old)
        give(piece)
        return larger
    }

    private static func header(of piece: UnsafeMutableRawPointer) -> Header {
        (piece - headerBytes).load(as: Header.self)
    }

    private func allocate(_ byteCount: Int, _ sizeClass: Int) -> UnsafeMutableRawPointer? {
        let (total, overflow) = byteCount.addingReportingOverflow(SessionMemory.headerBytes)
        guard byteCount >= 0, !overflow, let start = malloc(total) else { return nil }
        start.storeBytes(of: Header(sizeClass: sizeClass, byteCount: byteCount), as: Header.self)
        return start + SessionMemory.headerBytes
    }

    private func popIdle(_ index: Int) -> UnsafeMutableRawPointer? {
        guard let piece = idle[index] else { return nil }
        idle[index] = piece.load(as: IdlePiece.self).next
        idleBytes -= (index + 1) * SessionMemory.step
        return piece
    }
}
