import Glibc
import Testing
import Threading

/// What splitting a region costs beyond its work, printed; to be asked for by `BENCHMARK=1 swift test --filter HandOver`, in a
/// release build and on a machine that has nothing else to do.
@Test(.enabled(if: getenv("BENCHMARK") != nil))
func handOverBench() {
    let pool = ThreadPool(name: "bench", threadCount: ProcessorCount.available)
    let clock = SystemClock()
    let done = ConditionLock(false)
    pool.submit {
        for work: UInt64 in [2_000, 5_000, 10_000, 50_000, 200_000] {
            let run = ParallelRun()
            var best = UInt64.max
            for _ in 0..<2000 {
                let begin = clock.nanoseconds()
                pool.forEachPiece(of: pool.threadCount, grain: 1, work: 1_000_000, in: run) { range, _ in
                    for _ in range {
                        let end = clock.nanoseconds() + work
                        while clock.nanoseconds() < end {}
                    }
                }
                best = min(best, clock.nanoseconds() - begin)
            }
            pool.runEnds(run)
            print("\(pool.threadCount) pieces of \(work) ns: \(best) ns at best")
        }
        done.withLockNotifyingAll { $0 = true }
    }
    done.wait { $0 ? () : nil }
    pool.stop()
}
