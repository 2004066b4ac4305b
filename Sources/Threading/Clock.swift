import Glibc

/// Where code that waits gets its time from; tests inject a clock they move by hand.
///
/// Values are nanoseconds on a monotonic scale.
public protocol Clock: Sendable {
    func nanoseconds() -> UInt64
}

/// `CLOCK_MONOTONIC`.
public struct SystemClock: Clock {
    public init() {}

    @inlinable public func nanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }
}
