import Glibc

extension TemporaryDirectory {
    /// Writes the file `name` below this directory; returns its path.
    @discardableResult
    public func write(_ name: String, _ bytes: [UInt8]) -> String {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "wb") else { fatalError("fopen \(file): \(String(cString: strerror(errno)))") }
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        return file
    }

    /// Copies the folder `source`, with all that is in it, to `name` below this directory; returns the copy's path.
    @discardableResult
    public func copy(_ source: String, to name: String) -> String {
        guard let stream = opendir(source) else { fatalError("no folder \(source)") }
        defer { closedir(stream) }
        makeDirectory(name)
        while let entry = readdir(stream) {
            let child = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if child == "." || child == ".." { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) {
                copy("\(source)/\(child)", to: "\(name)/\(child)")
            } else {
                write("\(name)/\(child)", Repository.bytes(at: "\(source)/\(child)"))
            }
        }
        return "\(path)/\(name)"
    }
}
