import Glibc

/// Files that were recorded from TensorFlow and protobuf; see Scripts/record-proto-fixtures.py.
enum Fixtures {
    static func bytes(_ name: String) -> [UInt8] {
        let folder = "\(#filePath)".split(separator: "/").dropLast(2).joined(separator: "/")
        let path = "/\(folder)/Fixtures/Protos/\(name)"
        guard let file = fopen(path, "r") else { fatalError("no fixture \(path)") }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return content }
            content += chunk[..<count]
        }
    }

    /// The lines of a text file, cut at spaces.
    static func rows(_ name: String) -> [[String]] {
        String(decoding: bytes(name), as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
    }

    /// The bytes of `3f80…`; none for `-` and `''`.
    static func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        guard digits.count % 2 == 0, hex != "''" else { return [] }
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }
}
