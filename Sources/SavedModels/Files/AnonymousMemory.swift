import Glibc
import ServingCore

/// Memory that belongs to no file, straight from the system.
enum AnonymousMemory {
    /// `count` bytes of zeros, at the beginning of a page. Throws RESOURCE_EXHAUSTED if there is not enough memory for the
    /// bytes of `path`.
    static func allocate(_ count: Int, for path: String) throws(Status) -> UnsafeMutableRawPointer {
        let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else {
            throw .resourceExhausted("no memory for \(count) bytes of \(path)")
        }
        return memory
    }

    /// Reads `count` bytes from `offset` of an open file. Throws UNAVAILABLE if the file ends before.
    static func read(
        _ descriptor: Int32, at offset: Int, _ count: Int, into memory: UnsafeMutableRawPointer, _ path: String
    ) throws(Status) {
        var position = 0
        while position < count {
            let read = pread(descriptor, memory + position, count - position, offset + position)
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw FileSystem.failure(path, errno) }
            guard read > 0 else { throw .unavailable("\(path) changed its size while it was opened") }
            position += read
        }
    }
}
