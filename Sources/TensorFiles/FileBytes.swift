import Glibc
import ServingCore

/// Whole files in memory.
public enum FileBytes {
    /// The bytes of the file at `path`; of standard input for `-`.
    ///
    /// Throws `<path>; <reason>` if it cannot be read, RESOURCE_EXHAUSTED if there are more than `limit` bytes.
    public static func read(_ path: String, limit: Int = .max) throws(Status) -> [UInt8] {
        let isInput = path == "-"
        let descriptor = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if !isInput { close(descriptor) } }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw failure(path) }
        guard facts.st_mode & S_IFMT != S_IFDIR else { throw .invalidArgument("\(path); Is a directory") }
        var bytes: [UInt8] = []
        if facts.st_mode & S_IFMT == S_IFREG { bytes.reserveCapacity(min(Int(facts.st_size), limit) + 1) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            guard count > 0 else { return bytes }
            guard bytes.count <= limit - count else {
                throw .resourceExhausted("\(path) has more than the \(limit) bytes that are allowed")
            }
            bytes += chunk[..<count]
        }
    }

    /// Throws `<path>; <reason>` if the file at `path` could not be written now; it is neither made nor changed.
    public static func checkWritable(_ path: String) throws(Status) {
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_mode & S_IFMT != S_IFDIR else { throw .invalidArgument("\(path); Is a directory") }
            guard access(path, W_OK) == 0 else { throw failure(path) }
            return
        }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw failure(path) }
    }

    /// Writes `bytes` to the file at `path`, which is made or replaced.
    public static func write(_ bytes: [UInt8], to path: String) throws(Status) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(path) }
        var result: Status?
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else {
                    result = failure(path)
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
        // Some file systems tell only now that there was no room.
        if close(descriptor) != 0, result == nil { result = failure(path) }
        if let result { throw result }
    }

    private static func failure(_ path: String) -> Status {
        let error = errno
        let code: StatusCode =
            switch error {
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM: .permissionDenied
            default: .unknown
            }
        return Status(code, "\(path); \(String(cString: strerror(error)))")
    }
}
