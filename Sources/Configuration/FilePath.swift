import Glibc
import ServingCore

/// What may stand in a `base_path`.
enum FilePath {
    /// The folder that holds the file at `path`, absolute if the working directory is known.
    static func folder(of path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? ""
        if folder.hasPrefix("/") { return folder }
        guard let working = getcwd(nil, 0) else { return folder.isEmpty ? "./" : folder }
        defer { free(working) }
        return "\(String(cString: working))/\(folder)"
    }

    /// The base path of the model `name`, made absolute.
    ///
    /// INVALID_ARGUMENT if it is empty, relative without a `folder`, or on a remote file system.
    static func base(_ path: String, of name: String, relativeTo folder: String?) throws(Status) -> String {
        if let scheme = scheme(of: path) {
            guard scheme == "file" else {
                throw .invalidArgument(
                    "Model \(name) has the base path \(path), but this server reads local files only")
            }
            return try base(String(path.dropFirst("file://".count)), of: name, relativeTo: nil)
        }
        if path.hasPrefix("/") { return path }
        guard let folder, !path.isEmpty else {
            throw .invalidArgument("Expected model \(name) to have an absolute path or URI; got base_path()=\(path)")
        }
        var relative = path[...]
        while relative.hasPrefix("./") { relative = relative.dropFirst(2) }
        return folder + relative
    }

    /// The scheme of a URI; nil for a plain path.
    static func scheme(of path: String) -> String? {
        let letters = path.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        guard let first = letters.first, first.isLetter, path.dropFirst(letters.count).hasPrefix("://") else {
            return nil
        }
        return String(letters)
    }
}
