import Glibc

/// A new directory that is removed, with all that is in it, when the last reference goes away.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() {
        var template = Array("/tmp/model-server-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("mkdtemp: \(String(cString: strerror(errno)))") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { TemporaryDirectory.removeTree(path) }

    /// Makes the directory `name` below this one; returns its path.
    @discardableResult
    public func makeDirectory(_ name: String) -> String {
        let directory = "\(path)/\(name)"
        guard mkdir(directory, 0o755) == 0 else { fatalError("mkdir \(directory): errno \(errno)") }
        return directory
    }

    /// Writes the file `name` below this one; returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String) -> String {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { fatalError("fopen \(file): \(String(cString: strerror(errno)))") }
        fputs(text, stream)
        fclose(stream)
        return file
    }

    /// Removes the file or directory `name` with all that is in it.
    public func remove(_ name: String) { TemporaryDirectory.removeTree("\(path)/\(name)") }

    private static func removeTree(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        if facts.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != "." && name != ".." { removeTree("\(path)/\(name)") }
            }
            closedir(stream)
        }
        Glibc.remove(path)
    }
}
