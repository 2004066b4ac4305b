import Glibc
import ServingCore

/// What a path leads to, after symbolic links.
public struct FileFacts: Sendable, Hashable {
    public let isDirectory: Bool
    /// Bytes.
    public let size: Int64
    /// Time of the last change, nanoseconds since 1970.
    public let modified: Int64

    public init(isDirectory: Bool, size: Int64 = 0, modified: Int64 = 0) {
        self.isDirectory = isDirectory
        self.size = size
        self.modified = modified
    }
}

/// The few questions that versions are found with; tests answer them from memory.
public protocol FileSystem: Sendable {
    /// The names in a directory, in no particular order, without `.` and `..`.
    func children(of directory: String) throws(Status) -> [String]

    /// NOT_FOUND `<path> not found` if nothing is there.
    func facts(of path: String) throws(Status) -> FileFacts
}

/// The file system of this machine.
public struct LocalFileSystem: FileSystem {
    public init() {}

    public func children(of directory: String) throws(Status) -> [String] {
        guard let stream = opendir(directory) else { throw Self.status(errno, directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw Self.status(errno, directory) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    public func facts(of path: String) throws(Status) -> FileFacts {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw Self.status(errno, path) }
        let modified = Int64(facts.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_mtim.tv_nsec)
        return FileFacts(
            isDirectory: facts.st_mode & S_IFMT == S_IFDIR, size: Int64(facts.st_size), modified: modified)
    }

    private static func status(_ error: Int32, _ path: String) -> Status {
        switch error {
        case ENOENT: .notFound("\(path) not found")
        case ENOTDIR: .failedPrecondition("\(path); Not a directory")
        case EACCES, EPERM: Status(.permissionDenied, "\(path); \(String(cString: strerror(error)))")
        default: .unavailable("\(path); \(String(cString: strerror(error)))")
        }
    }
}
