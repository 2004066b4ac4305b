import CPlatform
import Glibc
import ServingCore
import Tensors
import Threading

/// The bytes of a file, for reading; the owner behind tensors that show them in place.
///
/// Whatever happens to the file, the bytes stay as they were when it was opened. Unless the file is read in parts, everything
/// is in memory when `init` returns, so that no reader waits for a disk as long as the system need not take memory back.
public final class MappedFile: RecoverableMemory, @unchecked Sendable {
    /// Where the bytes stand.
    public enum Residence: Sendable {
        /// In the page cache, mapped, if the file is large and the system promises to tell before it changes (see
        /// `FileLease`); otherwise copied.
        case automatic
        /// In memory of this process. Depends on nothing, not even on a disk that works.
        case copied
    }

    public let path: String
    public let bytes: UnsafeRawBufferPointer
    /// What readers of many bytes should keep to.
    let pace: WorkPace?
    /// The promise on which mapped bytes rest; nil if they are copied.
    private let lease: FileLease?
    /// Open as long as there is a lease.
    private let descriptor: Int32

    /// Smaller files are not worth an open descriptor.
    static let smallestMapped = 1 << 20
    private static let chunk = 1 << 20

    /// Opens `path`. Throws NOT_FOUND or PERMISSION_DENIED with `<path>; <reason>`, FAILED_PRECONDITION if it is not a
    /// regular file, RESOURCE_EXHAUSTED if there is not enough memory or it is larger than `limit` bytes, UNAVAILABLE if
    /// its size changes meanwhile, and DATA_LOSS if it can't be read.
    /// - Parameter isReadInParts: mapped bytes come into memory only by `inspect` and `bringBack`; readers who can wait, and
    ///   who need not be told that the disk fails, may do without.
    public init(
        path: String, residence: Residence = .automatic, isReadInParts: Bool = false, limit: Int = .max,
        pace: WorkPace? = nil
    ) throws(Status) {
        // Without O_NONBLOCK a FIFO of that name would block for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileSystem.failure(path, errno) }
        do throws(Status) {
            let count = try MappedFile.size(of: descriptor, path)
            guard count <= limit else {
                throw .resourceExhausted("\(path) has \(count) bytes; at most \(limit) are read")
            }
            let canMap = residence == .automatic && count >= MappedFile.smallestMapped && MappedFile.canPopulate
            if canMap && FileLease.take(descriptor, count: count) {
                (bytes, lease) = try MappedFile.mapped(descriptor, count, path, pace, isPopulated: !isReadInParts)
            } else {
                (bytes, lease) = (try MappedFile.copy(of: descriptor, count, path, pace), nil)
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.pace = pace
        self.descriptor = descriptor
        if lease == nil { close(descriptor) }
    }

    deinit {
        if let lease {
            lease.end()
            close(descriptor)
        }
        if let base = bytes.baseAddress { MappedFile.unmap(base, bytes.count, pace) }
    }

    /// Whether the bytes are still those of the page cache.
    var isMapped: Bool { lease?.isUnbroken ?? false }

    private static func size(of descriptor: Int32, _ path: String) throws(Status) -> Int {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw FileSystem.failure(path, errno) }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw .failedPrecondition("\(path) is not a regular file")
        }
        return Int(information.st_size)
    }

    /// The bytes of a file that has got a lease.
    private static func mapped(
        _ descriptor: Int32, _ count: Int, _ path: String, _ pace: WorkPace?, isPopulated: Bool
    ) throws(Status) -> (UnsafeRawBufferPointer, FileLease) {
        guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw .resourceExhausted("no address space for the \(count) bytes of \(path)")
        }
        let lease = FileLease(descriptor, base: base, count: count, path: path, pace: pace)
        do throws(Status) {
            if isPopulated { try populate(base, count, path, pace) }
        } catch {
            lease.end()
            munmap(base, count)
            throw error
        }
        return (UnsafeRawBufferPointer(start: base, count: count), lease)
    }

    private static func copy(
        of descriptor: Int32, _ count: Int, _ path: String, _ pace: WorkPace?
    ) throws(Status) -> UnsafeRawBufferPointer {
        guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let base = try AnonymousMemory.allocate(count, for: path)
        // Large pages are filled and walked through with fewer page faults and address look-ups.
        if count >= 4 << 20 { madvise(base, count, MADV_HUGEPAGE) }
        do throws(Status) {
            try inSteps(count, pace) { (position, size) throws(Status) in
                try AnonymousMemory.read(descriptor, at: position, size, into: base + position, path)
            }
            // A file that is being written has not its final bytes: say so now instead of failing somewhere inside it.
            guard try size(of: descriptor, path) == count else {
                throw .unavailable("\(path) changed its size while it was opened")
            }
        } catch {
            munmap(base, count)
            throw error
        }
        mprotect(base, count, PROT_READ)
        return UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Brings all pages into memory and into the page tables.
    private static func populate(
        _ base: UnsafeMutableRawPointer, _ count: Int, _ path: String, _ pace: WorkPace?
    ) throws(Status) {
        try inSteps(count, pace) { (position, size) throws(Status) in try populate(base + position, size, path) }
    }

    private static func populate(_ base: UnsafeMutableRawPointer, _ count: Int, _ path: String) throws(Status) {
        while cplatform_populate(base, count) != 0 {
            switch errno {
            case EINTR, EAGAIN: continue
            case ENOMEM: throw .resourceExhausted("no memory for the \(count) bytes of \(path)")
            default: throw FileSystem.failure(path, EIO)
            }
        }
    }

    // MARK: - Parts

    /// Calls `body` with consecutive pieces of `part`, which lies in the file, at the file's pace. Each is in memory while it is
    /// looked at; afterwards the system may have the memory of mapped ones. Throws as `init` does if they can't be read.
    func inspect(_ part: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) throws(Status) {
        // A piece brings along what shares a large page with it, pieces before it included.
        defer { giveBack(part) }
        try MappedFile.inSteps(part.count, pace) { (position, size) throws(Status) in
            let piece = UnsafeRawBufferPointer(rebasing: part[position..<position + size])
            if let pages = pages(around: piece) { try MappedFile.populate(pages.base, pages.count, path) }
            body(piece)
            giveBack(piece)
        }
    }

    public func giveBack(_ part: UnsafeRawBufferPointer) {
        if let pages = pages(around: part) { lease?.giveBackMemory(pages.base, pages.count) }
    }

    public func bringBack(_ part: UnsafeRawBufferPointer) -> Bool {
        guard let pages = pages(around: part) else { return true }
        do throws(Status) {
            try MappedFile.populate(pages.base, pages.count, path, pace)
            return true
        } catch {
            Log.error("\(error)")
            return false
        }
    }

    /// The pages of mapped bytes; nil for others.
    private func pages(around part: UnsafeRawBufferPointer) -> (base: UnsafeMutableRawPointer, count: Int)? {
        guard lease != nil, let first = part.baseAddress, !part.isEmpty else { return nil }
        let mask = UInt(sysconf(Int32(_SC_PAGESIZE)) - 1)
        let begin = UInt(bitPattern: first) & ~mask
        let end = (UInt(bitPattern: first) + UInt(part.count) + mask) & ~mask
        return (UnsafeMutableRawPointer(bitPattern: begin)!, Int(end - begin))
    }

    /// Whether this system can populate page tables without the danger of a signal when a disk fails.
    private static let canPopulate: Bool = {
        let size = sysconf(Int32(_SC_PAGESIZE))
        guard let page = mmap(nil, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), page != MAP_FAILED else {
            return false
        }
        defer { munmap(page, size) }
        return cplatform_populate(page, size) == 0
    }()

    /// In pieces, because the system lets no other thread change its mappings meanwhile.
    private static func unmap(_ base: UnsafeRawPointer, _ count: Int, _ pace: WorkPace?) {
        let base = UnsafeMutableRawPointer(mutating: base)
        inSteps(count, pace) { position, size in _ = munmap(base + position, size) }
    }

    /// Calls `body` with consecutive positions and sizes that cover `count` bytes, at the given pace.
    static func inSteps<E: Error>(
        _ count: Int, _ pace: WorkPace?, _ body: (_ position: Int, _ size: Int) throws(E) -> Void
    ) throws(E) {
        var position = 0
        while position < count {
            let size = min(chunk, count - position)
            if let pace {
                try pace.step { () throws(E) in try body(position, size) }
            } else {
                try body(position, size)
            }
            position += size
        }
    }
}
