import TestSupport

/// Messages as TensorFlow Serving's own stubs encode them, from Tests/Fixtures/Services/messages.txt.
enum RecordedMessages {
    private static let all: [String: [UInt8]] = Dictionary(
        uniqueKeysWithValues: Repository.rows("Tests/Fixtures/Services/messages.txt").map { row in
            (row[0], Repository.bytes(hexadecimal: row[1]))
        })

    static func bytes(_ name: String) -> [UInt8] {
        guard let bytes = all[name] else { fatalError("no recorded message \(name)") }
        return bytes
    }
}
