import Models
import ServingCore
import Synchronization
import Tensors
import Threading

/// What several runners did that each ran the same again and again at the same time.
struct RunBurst: Equatable, Sendable {
    var times = RunTimes()
    /// Runs per second, of all runners together.
    var rate = 0.0

    /// One thing to run, on the thread that asks for it.
    typealias Body = @Sendable () throws(Status) -> Void

    /// Runs `body` on `runners` threads of `threads` until `nanoseconds` have passed, but at least once on each.
    ///
    /// - Parameters:
    ///   - runners: not more than the pool has threads; otherwise some come when others are done.
    ///   - progress: called by the caller's thread several times a second with the nanoseconds that have passed.
    /// - Throws: what the first run throws that fails; the others end then.
    static func measure(
        _ runners: Int, on threads: ThreadPool, nanoseconds: UInt64, clock: any Clock = SystemClock(),
        progress: (UInt64) -> Void = { _ in }, _ body: @escaping Body
    ) throws(Status) -> RunBurst {
        let runners = max(1, runners)
        let state = ConditionLock(State())
        for index in 0..<runners {
            threads.submit {
                // All begin together, so that none has the machine for itself.
                let arrived = state.withLockNotifyingAll { state -> Int in
                    state.arrived += 1
                    return state.arrived
                }
                if arrived <= threads.threadCount {
                    state.wait { $0.arrived >= min(runners, threads.threadCount) ? () : nil }
                }
                let result = Runner(index, nanoseconds, clock, state, body).run()
                state.withLockNotifyingAll { $0.finish(result) }
            }
        }
        let start = clock.nanoseconds()
        while true {
            progress(clock.nanoseconds() &- start)
            let soon = SystemClock().nanoseconds() &+ 250_000_000
            guard let end = state.wait(untilNanoseconds: soon, for: { $0.finished == runners ? $0 : nil }) else {
                continue
            }
            if let failure = end.failure { throw failure }
            return end.burst
        }
    }

    private struct State: Sendable {
        var arrived = 0
        var finished = 0
        var failure: Status?
        var burst = RunBurst()

        mutating func finish(_ result: Result<RunTimes, Status>) {
            finished += 1
            switch result {
            case .success(let times):
                burst.times.add(times)
                if times.total > 0 { burst.rate += Double(times.count) / (Double(times.total) / 1e9) }
            case .failure(let status): failure = failure ?? status
            }
        }
    }

    /// One thread's part.
    private struct Runner {
        let index: Int
        let nanoseconds: UInt64
        let clock: any Clock
        let state: ConditionLock<State>
        let body: Body

        init(
            _ index: Int, _ nanoseconds: UInt64, _ clock: any Clock, _ state: ConditionLock<State>,
            _ body: @escaping Body
        ) {
            self.index = index
            self.nanoseconds = nanoseconds
            self.clock = clock
            self.state = state
            self.body = body
        }

        func run() -> Result<RunTimes, Status> {
            var times = RunTimes(seed: UInt64(index) &* 0x9e37_79b9 &+ 1)
            let start = clock.nanoseconds()
            var now = start
            repeat {
                do throws(Status) { try body() } catch { return .failure(error) }
                let end = clock.nanoseconds()
                times.add(end &- now)
                now = end
                if times.count & 63 == 0, state.withLock({ $0.failure != nil }) { break }
            } while now &- start < nanoseconds
            return .success(times)
        }
    }
}
