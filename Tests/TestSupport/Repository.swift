import Glibc

/// The files of the repository that this test was built from.
public enum Repository {
    /// The repository's folder.
    public static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    /// The path of `name`, which is relative to the repository.
    public static func path(_ name: String) -> String { root + "/" + name }

    /// The bytes of the file `name`, which must exist.
    public static func bytes(_ name: String) -> [UInt8] { bytes(at: path(name)) }

    /// The lines of the text file `name`, cut at tabs.
    public static func rows(_ name: String) -> [[String]] {
        String(decoding: bytes(name), as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The bytes that pairs of hexadecimal digits stand for.
    public static func bytes(hexadecimal: some StringProtocol) -> [UInt8] {
        let digits = Array(hexadecimal.utf8).map { digit in
            digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The bytes of the file at `path`, which must exist.
    public static func bytes(at path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { fatalError("no file \(path)") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var content = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        let count = fread(&content, 1, content.count, file)
        return Array(content[..<count])
    }
}
