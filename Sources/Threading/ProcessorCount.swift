import CPlatform
import Glibc

/// How many threads can run at once in this process.
public enum ProcessorCount {
    /// The processors that the scheduler lets this process use, cut down to the CPU quota of its container; at least 1.
    public static let available: Int = max(1, min(allowed(), quota() ?? .max))

    private static func allowed() -> Int {
        let allowed = Int(cplatform_allowed_processors())
        return allowed > 0 ? allowed : sysconf(Int32(_SC_NPROCESSORS_ONLN))
    }

    /// The least quota of the control groups that this process is in, in whole processors, rounded up; nil if none has one.
    private static func quota() -> Int? {
        let groups = lines("/proc/self/cgroup").flatMap { folders(ofGroup: $0) }
        return (groups + ["/sys/fs/cgroup", "/sys/fs/cgroup/cpu"]).compactMap { quota(in: $0) }.min()
    }

    /// The quota in the folder of a group, of version 2 or 1.
    private static func quota(in folder: String) -> Int? {
        if let line = lines(folder + "/cpu.max").first { return parse(quotaLine: line) }
        guard let quota = lines(folder + "/cpu.cfs_quota_us").first,
            let period = lines(folder + "/cpu.cfs_period_us").first
        else { return nil }
        return parse(quotaLine: "\(quota) \(period)")
    }

    /// Where the limits of a group and of those around it may stand, given a line of `/proc/self/cgroup`: a number, the
    /// controllers, which are left out in version 2, and a path. None if the group does not limit processors.
    static func folders(ofGroup line: String) -> [String] {
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return [] }
        let root: String
        if parts[1].isEmpty {
            root = "/sys/fs/cgroup"
        } else if parts[1].split(separator: ",").contains("cpu") {
            root = "/sys/fs/cgroup/cpu"
        } else {
            return []
        }
        var folders = [root]
        for name in parts[2].split(separator: "/") where name != ".." { folders.append(folders.last! + "/" + name) }
        return folders
    }

    /// `QUOTA PERIOD` in microseconds; nil if the quota is `max` or negative.
    static func parse(quotaLine line: String) -> Int? {
        let parts = line.split(separator: " ").map { Int($0) }
        guard parts.count == 2, let quota = parts[0], let period = parts[1], quota > 0, period > 0 else { return nil }
        return quota / period + (quota % period == 0 ? 0 : 1)
    }

    /// The lines of a small text file; none if it can't be read.
    private static func lines(_ path: String) -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
