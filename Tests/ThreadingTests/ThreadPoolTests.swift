import Glibc
import Synchronization
import Testing
import Threading

@Test(arguments: [1, 2, 3])
func jobsRunOnceEachAndStopFinishesThem(threads: Int) {
    let pool = ThreadPool(name: "test", threadCount: threads)
    let sum = Atomic<Int>(0)
    for number in 1...1000 { pool.submit { sum.add(number, ordering: .relaxed) } }
    pool.stop()
    #expect(sum.load(ordering: .relaxed) == 500_500)
    pool.submit { sum.store(0, ordering: .relaxed) }
    #expect(pool.pendingJobs == 0)
    #expect(sum.load(ordering: .relaxed) == 500_500)
}

@Test func singleThreadKeepsTheOrder() {
    let pool = ThreadPool(name: "test", threadCount: 1)
    let order = ConditionLock<[Int]>([])
    for number in 0..<100 { pool.submit { order.withLock { $0.append(number) } } }
    pool.stop()
    #expect(order.withLock { $0 } == Array(0..<100))
}

/// A request's memory hangs on its job, and under load the queue may not be empty for minutes.
@Test func jobIsLetGoWhenItHasRunAlthoughOthersWait() {
    final class Payload: Sendable {
        let living: ConditionLock<Int>

        init(_ living: ConditionLock<Int>) {
            self.living = living
            living.withLock { $0 += 1 }
        }

        deinit { living.withLockNotifyingAll { $0 -= 1 } }
    }
    let pool = ThreadPool(name: "test", threadCount: 1)
    let living = ConditionLock(0)
    let gate = ConditionLock(false)
    for _ in 0..<3000 {
        let payload = Payload(living)
        pool.submit { withExtendedLifetime(payload) {} }
    }
    pool.submit { gate.wait { $0 ? () : nil } }
    pool.submit {}
    let isEmpty = living.wait(untilNanoseconds: SystemClock().nanoseconds() + 10_000_000_000) { $0 == 0 ? true : nil }
    #expect(isEmpty == true)
    gate.withLockNotifyingAll { $0 = true }
    pool.stop()
}

@Test(arguments: [0, 1, 2, 7, 100, 1023, 4096])
func parallelForCoversEachIndexOnce(count: Int) {
    let pool = ThreadPool(name: "test", threadCount: 3)
    for minimumChunk in [1, 3, 1000] {
        let hits = ConditionLock([Int](repeating: 0, count: count))
        pool.parallelFor(count, minimumChunk: minimumChunk) { range in
            hits.withLock { hits in for index in range { hits[index] += 1 } }
        }
        #expect(hits.withLock { $0.allSatisfy { $0 == 1 } })
    }
    pool.stop()
}

/// Several callers at once, on the pool's own threads and outside, so that helpers come late, early and to the wrong
/// region if they can.
@Test func parallelForSurvivesManyCallers() {
    let pool = ThreadPool(name: "test", threadCount: 2)
    let wrong = Atomic<Int>(0)
    let done = ConditionLock(0)
    @Sendable func call(_ rounds: Int) {
        for round in 0..<rounds {
            let count = 1 + round * 37 % 500
            let sum = Atomic<Int>(0)
            pool.parallelFor(count, minimumChunk: 1 + round % 5) { range in
                sum.add(range.reduce(0, +), ordering: .relaxed)
            }
            if sum.load(ordering: .relaxed) != count * (count - 1) / 2 { wrong.add(1, ordering: .relaxed) }
        }
        done.withLockNotifyingAll { $0 += 1 }
    }
    let outside = (0..<2).map { _ in Thread(name: "caller") { call(500) } }
    for _ in 0..<2 { pool.submit { call(500) } }
    for thread in outside { thread.join() }
    done.wait { $0 == 4 ? () : nil }
    #expect(wrong.load(ordering: .relaxed) == 0)
    pool.stop()
}

@Test func threadThatTheSystemRefusesIsAnError() {
    let error = #expect(throws: ThreadRefusal.self) {
        try Thread(trying: "huge", stackBytes: 1 << 50) {}
    }
    #expect(error?.description.hasPrefix("cannot start thread huge: ") == true)
}

@Test func threadsHaveTheirNameAndNiceness() {
    let seen = ConditionLock((name: "", niceness: Int32(0)))
    let thread = Thread(name: "a-name-that-is-too-long", niceness: 7) {
        var name = [CChar](repeating: 0, count: 64)
        let file = open("/proc/thread-self/comm", O_RDONLY)
        read(file, &name, name.count - 1)
        close(file)
        let text = String(decoding: name.prefix { $0 > 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        seen.withLock { $0 = (text, niceness) }
    }
    thread.join()
    #expect(seen.withLock { $0.name } == "a-name-that-is-")
    #expect(seen.withLock { $0.niceness } == 7)
}
