import Glibc

/// The names of the files of one log: `<prefix>-<name>-<UTC time>-<process>-<number>.tfrecord`, where the time is that at
/// which the file was begun, as `20250131T235959Z`. Their order is that of their beginnings.
struct RecordFileName {
    /// The folder that the files lie in.
    let folder: String
    /// What all file names begin with, the last hyphen included.
    let stem: String

    private static let ending = ".tfrecord"

    /// - Parameters:
    ///   - prefix: an absolute path; what stands behind its last slash begins the file names.
    ///   - name: letters, digits, `.`, `_` and `-` are kept, anything else becomes `_`.
    init(prefix: String, name: String) {
        let slash = prefix.lastIndex(of: "/")
        folder = slash.map { $0 == prefix.startIndex ? "/" : String(prefix[..<$0]) } ?? "."
        let beginning = slash.map { prefix[prefix.index(after: $0)...] } ?? prefix[...]
        stem = (beginning.isEmpty ? "" : beginning + "-") + RecordFileName.plain(name) + "-"
    }

    private static func plain(_ name: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
            }
        }
        // Names of files have at most 255 bytes.
        let bytes = name.utf8.prefix(120).map { isPlain($0) ? $0 : UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path of the file with `name`.
    func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }

    /// The name of a file begun `seconds` after 1970.
    func name(seconds: Int, process: Int32, number: Int) -> String {
        var time = time_t(seconds)
        var calendar = tm()
        gmtime_r(&time, &calendar)
        func padded(_ value: Int32, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = padded(calendar.tm_year + 1900, 4) + padded(calendar.tm_mon + 1, 2) + padded(calendar.tm_mday, 2)
        let clock = [calendar.tm_hour, calendar.tm_min, calendar.tm_sec].map { padded($0, 2) }.joined()
        return "\(stem)\(date)T\(clock)Z-\(process)-\(padded(Int32(clamping: number), 6))\(RecordFileName.ending)"
    }

    /// True if `name` is that of a file of this log, of whatever process.
    func matches(_ name: String) -> Bool {
        guard name.hasPrefix(stem), name.hasSuffix(RecordFileName.ending) else { return false }
        let middle = name.dropFirst(stem.count).dropLast(RecordFileName.ending.count)
        let parts = middle.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 16, parts[0].hasSuffix("Z") else { return false }
        let digits = parts[0].dropLast().split(separator: "T", omittingEmptySubsequences: false) + parts[1...]
        guard digits.count == 4 else { return false }
        return digits.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// The oldest of `names`, as far as they are files of this log and more than `kept`.
    func surplus(of names: [String], keeping kept: Int) -> [String] {
        Array(names.filter(matches).sorted().dropLast(max(0, kept)))
    }
}
