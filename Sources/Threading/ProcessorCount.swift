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

    /// The quota of control groups, version 2 or 1, in whole processors, rounded up; nil if there is none.
    private static func quota() -> Int? {
        if let line = firstLine("/sys/fs/cgroup/cpu.max") { return parse(quotaLine: line) }
        guard let quota = firstLine("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
            let period = firstLine("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
        else { return nil }
        return parse(quotaLine: "\(quota) \(period)")
    }

    /// `QUOTA PERIOD` in microseconds; nil if the quota is `max` or negative.
    static func parse(quotaLine line: String) -> Int? {
        let parts = line.split(separator: " ").map { Int($0) }
        guard parts.count == 2, let quota = parts[0], let period = parts[1], quota > 0, period > 0 else { return nil }
        return quota / period + (quota % period == 0 ? 0 : 1)
    }

    private static func firstLine(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
        let bytes = buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
