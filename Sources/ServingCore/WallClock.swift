import Glibc

/// The time of day, which jumps when somebody sets it: for what people read and for the times of files. Nothing waits by it.
public enum WallClock {
    /// Since 1970.
    public static func nanoseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }

    /// Since 1970.
    public static func milliseconds() -> Int64 { nanoseconds() / 1_000_000 }
}
