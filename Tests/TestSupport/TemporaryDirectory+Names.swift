import Glibc

extension TemporaryDirectory {
    /// The names of what lies in this directory, sorted.
    public var names: [String] {
        guard let stream = opendir(path) else { fatalError("no folder \(path)") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
