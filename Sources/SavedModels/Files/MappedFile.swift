import Glibc
import ServingCore

/// The bytes of a file, for reading; the owner behind tensors that show them in place.
///
/// A mapped file costs no memory of its own and is never copied, but it stays tied to the file: deleting or replacing the
/// file is harmless, whereas cutting it off *in place* (for example with `cp` over it) makes the next touch of a page
/// behind the new end raise SIGBUS, which ends the process. Versions are immutable by convention, so weights are mapped
/// by default. `Residence.copied` is the way out: it reads everything into anonymous memory once and then depends on
/// nothing. Callers see no difference, so a policy can choose per file.
public final class MappedFile: @unchecked Sendable {
    /// Where the bytes stand.
    public enum Residence: Sendable {
        /// In the page cache, mapped.
        case mapped
        /// In memory of this process.
        case copied
    }

    public let path: String
    public let bytes: UnsafeRawBufferPointer

    /// Opens `path`. Throws NOT_FOUND or PERMISSION_DENIED with `<path>; <reason>`, FAILED_PRECONDITION if it is not a
    /// regular file, RESOURCE_EXHAUSTED if there is not enough memory or it is larger than `limit` bytes, and UNAVAILABLE
    /// if its size changes meanwhile.
    public init(path: String, residence: Residence = .mapped, limit: Int = .max) throws(Status) {
        // Without O_NONBLOCK a FIFO of that name would block for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileSystem.failure(path, errno) }
        defer { close(descriptor) }
        let count = try MappedFile.size(of: descriptor, path)
        guard count <= limit else {
            throw .resourceExhausted("\(path) has \(count) bytes; at most \(limit) are read")
        }
        self.path = path
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let base = try MappedFile.memory(count, residence, descriptor, path)
        bytes = UnsafeRawBufferPointer(start: base, count: count)
        if residence == .copied { try MappedFile.fill(base, count, descriptor, path) }
        // A file that is being written has not its final bytes: say so now instead of failing somewhere inside it.
        guard try MappedFile.size(of: descriptor, path) == count else {
            throw .unavailable("\(path) changed its size while it was opened")
        }
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }

    private static func size(of descriptor: Int32, _ path: String) throws(Status) -> Int {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw FileSystem.failure(path, errno) }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw .failedPrecondition("\(path) is not a regular file")
        }
        return Int(information.st_size)
    }

    private static func memory(
        _ count: Int, _ residence: Residence, _ descriptor: Int32, _ path: String
    ) throws(Status) -> UnsafeMutableRawPointer {
        let memory: UnsafeMutableRawPointer? =
            switch residence {
            case .mapped: mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
            case .copied: mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            }
        guard let memory, memory != MAP_FAILED else {
            throw .resourceExhausted("no memory for the \(count) bytes of \(path)")
        }
        return memory
    }

    private static func fill(
        _ base: UnsafeMutableRawPointer, _ count: Int, _ descriptor: Int32, _ path: String
    ) throws(Status) {
        var position = 0
        while position < count {
            let read = pread(descriptor, base + position, count - position, position)
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw FileSystem.failure(path, errno) }
            guard read > 0 else { throw .unavailable("\(path) changed its size while it was opened") }
            position += read
        }
        mprotect(base, count, PROT_READ)
    }
}
