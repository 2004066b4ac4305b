import Glibc

/// The memory that this process may use.
enum PhysicalMemory {
    /// Bytes of memory of the machine, cut down to the limit of its container; a cautious guess if the system does not
    /// tell.
    static let byteCount: Int = min(machine, containerLimit ?? .max)

    private static var machine: Int {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        return pages > 0 && pageSize > 0 ? pages * pageSize : 4 << 30
    }

    /// The limit of control groups, version 2 or 1; nil if there is none.
    private static var containerLimit: Int? {
        for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            if let text = contents(of: path) { return parse(limit: text) }
        }
        return nil
    }

    /// A number of bytes and a line feed; nil for `max` and whatever else is no number above zero.
    static func parse(limit text: String) -> Int? {
        guard let limit = Int(text.prefix { $0 != "\n" }), limit > 0 else { return nil }
        return limit
    }

    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}

/// Sleeps for `milliseconds`.
func usleepMilliseconds(_ milliseconds: UInt32) { usleep(milliseconds * 1000) }
