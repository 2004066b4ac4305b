import Glibc
import Synchronization

/// Keeps background work out of the way of requests: work that reads, checks or frees much memory is done in small steps,
/// and while requests are being answered it rests between them for several times as long as it has worked.
///
/// Any number of threads may share one pace; without requests it holds nobody back.
public final class WorkPace: Sendable {
    /// In the lower half the requests in progress, in the upper half those begun so far.
    private let requests = Atomic<UInt64>(0)
    private let policy = Mutex(PacePolicy())
    private let clock: any Clock
    private let sleep: @Sendable (UInt64) -> Void

    /// - Parameters:
    ///   - clock: tells when the last request was seen.
    ///   - sleep: waits for so many nanoseconds.
    public init(clock: any Clock = SystemClock(), sleep: @escaping @Sendable (UInt64) -> Void = WorkPace.sleep) {
        self.clock = clock
        self.sleep = sleep
    }

    public static let sleep: @Sendable (UInt64) -> Void = { nanoseconds in
        var rest = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var left = timespec()
        while nanosleep(&rest, &left) != 0, errno == EINTR { rest = left }
    }

    /// To be called when a request begins to be computed.
    public func requestBegins() { requests.wrappingAdd(1 << 32 | 1, ordering: .relaxed) }

    /// To be called once for each `requestBegins`.
    public func requestEnds() { requests.wrappingSubtract(1, ordering: .relaxed) }

    /// Runs a small step of background work, about a millisecond at most, and then rests as long as requests call for it.
    public func step<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let begin = WorkPace.processorTime()
        let result = try body()
        rest(afterWork: WorkPace.processorTime() &- begin)
        return result
    }

    /// Whether background work should keep out of the way now.
    public var isBusy: Bool {
        let now = clock.nanoseconds()
        let requests = requests.load(ordering: .relaxed)
        return policy.withLock {
            $0.isBusy(requestsBegun: requests >> 32, areInProgress: requests & 0xffff_ffff != 0, at: now)
        }
    }

    private func rest(afterWork worked: UInt64) {
        let now = clock.nanoseconds()
        let requests = requests.load(ordering: .relaxed)
        let duration = policy.withLock {
            $0.rest(
                afterWork: worked, requestsBegun: requests >> 32, areInProgress: requests & 0xffff_ffff != 0, at: now)
        }
        if duration > 0 { sleep(duration) }
    }

    /// What the calling thread has used of a processor; waiting for a disk does not count.
    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
