import ServingCore

/// The version directories found under one base path.
///
/// A version is a *directory* (or a link to one) whose name reads as a whole number that is not negative: leading
/// zeros, blanks around it and a plus sign are allowed. A plain file with such a name can never be loaded, so it is not
/// a version; it is mentioned when nothing else is found.
public struct VersionDirectories: Sendable, Hashable {
    /// Version number to directory name.
    public private(set) var names: [Int64: String] = [:]
    /// Names of the directories that lost to another directory of the same number.
    public private(set) var duplicates: [String] = []
    /// Links that lead nowhere at the moment, by version number. They are versions again when their target is back.
    public private(set) var dangling: [Int64: String] = [:]
    /// True if some version is a link, whose target may change without any change here.
    public private(set) var hasLinks = false
    /// Plain files whose names are numbers.
    public private(set) var numberedFiles: [String] = []
    /// A `saved_model.pb` or `saved_model.pbtxt` that lies beside the version directories instead of in one.
    public private(set) var strayModelFile: String?

    /// Lists `base`; throws what the file system says if it cannot be listed.
    public init(under base: String, in fileSystem: some FileSystem) throws(Status) {
        for entry in try fileSystem.entries(of: base).sorted(by: { $0.name < $1.name }) {
            let name = entry.name
            if name == "saved_model.pb" || name == "saved_model.pbtxt" { strayModelFile = name }
            guard let version = VersionDirectories.number(name), version >= 0 else { continue }
            if entry.isLink { hasLinks = true }
            switch VersionDirectories.kind(of: "\(base)/\(name)", in: fileSystem) {
            case .gone: if entry.isLink { dangling[version] = name }
            case .file: numberedFiles.append(name)
            case .directory:
                if let earlier = names.updateValue(name, forKey: version) { duplicates.append(earlier) }
            }
        }
    }

    private enum Kind { case directory, file, gone }

    /// What cannot be looked at counts as a directory: a passing error must not unload a version that works.
    private static func kind(of path: String, in fileSystem: some FileSystem) -> Kind {
        do throws(Status) {
            return try fileSystem.facts(of: path).isDirectory ? .directory : .file
        } catch {
            return error.code == .notFound ? .gone : .directory
        }
    }

    /// Reads a decimal 64-bit integer; blanks around it and one sign are allowed, anything else gives nil.
    static func number(_ text: String) -> Int64? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
        let trimmed = text.utf8.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        return Int64(String(decoding: Array(trimmed), as: UTF8.self), radix: 10)
    }

    /// What probably went wrong when `names` is empty; empty if there is no good guess.
    public func hint(base: String) -> String {
        if let file = strayModelFile {
            return " Looked in \(base): saw \(file) but no numbered folder; move it to \(base)/1/."
        }
        if let file = numberedFiles.first {
            return " Looked in \(base): '\(file)' is a file; a version is a folder that holds saved_model.pb."
        }
        return ""
    }
}
