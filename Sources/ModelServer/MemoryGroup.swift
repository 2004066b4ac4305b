import Glibc

/// One control group that limits this process's memory, in version 2 or 1 of the interface.
struct MemoryGroup {
    private let directory: String
    private let isSecondVersion: Bool

    private static let secondVersionRoot = "/sys/fs/cgroup"
    private static let firstVersionRoot = "/sys/fs/cgroup/memory"

    /// The group of this process and those around it, as far as they can be seen: in a container usually just one.
    static let all: [MemoryGroup] = {
        let membership = SystemFile.contents(of: "/proc/self/cgroup") ?? ""
        let isSecondVersion = SystemFile.exists("\(secondVersionRoot)/cgroup.controllers")
        let root = isSecondVersion ? secondVersionRoot : firstVersionRoot
        return paths(membership: membership, isSecondVersion: isSecondVersion).map {
            MemoryGroup(directory: root + $0, isSecondVersion: isSecondVersion)
        }
    }()

    /// The paths below the root of the group that `/proc/self/cgroup` names and of all groups around it; the root itself is
    /// the empty path.
    static func paths(membership: String, isSecondVersion: Bool) -> [String] {
        var own: Substring = ""
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isMemory = isSecondVersion ? fields[0] == "0" : fields[1].split(separator: ",").contains("memory")
            if isMemory { own = fields[2] }
        }
        var paths = [""]
        var path = ""
        for name in own.split(separator: "/") where name != ".." {
            path += "/\(name)"
            paths.append(path)
        }
        return paths
    }

    /// Bytes that the group may use; nil if it has no limit.
    var limit: Int? {
        let name = isSecondVersion ? "memory.max" : "memory.limit_in_bytes"
        return SystemFile.contents(of: "\(directory)/\(name)").flatMap(MemoryGroup.parse(limit:))
    }

    /// Bytes that the group uses and that the system can't take back without harm: not counted are files in the page cache
    /// that nobody has mapped. Nil if the system does not tell.
    var used: Int? {
        let name = isSecondVersion ? "memory.current" : "memory.usage_in_bytes"
        guard let current = SystemFile.contents(of: "\(directory)/\(name)").flatMap(MemoryGroup.parse(limit:)),
            let statistics = SystemFile.contents(of: "\(directory)/memory.stat")
        else { return nil }
        return current - min(current, MemoryGroup.parseReclaimable(statistics))
    }

    /// A number of bytes and a line feed; nil for `max` and whatever else is no number above zero.
    static func parse(limit text: String) -> Int? {
        guard let limit = Int(text.prefix { $0 != "\n" }), limit > 0 else { return nil }
        return limit
    }

    /// The page cache of a `memory.stat`, without what is mapped or lies in memory file systems.
    static func parseReclaimable(_ statistics: String) -> Int {
        func value(_ names: String...) -> Int { names.compactMap { SystemFile.number($0, in: statistics) }.first ?? 0 }
        let cache = value("total_cache", "file")
        let kept = [value("total_mapped_file", "file_mapped"), value("total_shmem", "shmem")]
        return max(0, kept.reduce(cache) { $0.subtractingReportingOverflow($1).partialValue })
    }
}

/// The small text files in which the system tells about itself.
enum SystemFile {
    /// At most `limit` bytes of the file; nil if it can't be read.
    static func contents(of path: String, limit: Int = 16 << 10) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The number behind `name`, with or without a colon, at the beginning of a line of `text`.
    static func number(_ name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == ":" || $0 == "\t" }
            if words.count >= 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
