import CPlatform
import Glibc
import Synchronization
import Testing

@testable import Threading

/// Counts for each of some places, by any threads.
private final class Hits: Sendable {
    private let counts: ConditionLock<[Int]>

    init(_ count: Int) { counts = ConditionLock(Array(repeating: 0, count: count)) }

    func add(_ range: Range<Int>) { counts.withLock { counts in for index in range { counts[index] += 1 } } }

    func enter(_ index: Int) -> Int {
        counts.withLock { counts in
            counts[index] += 1
            return counts[index]
        }
    }

    func leave(_ index: Int) { counts.withLock { $0[index] -= 1 } }

    var areAllOnce: Bool { counts.withLock { $0.allSatisfy { $0 == 1 } } }
}

/// A pool whose threads have all come to rest. Woken threads help at once, whatever processor they run on.
private func restingPool(_ threads: Int) -> ThreadPool {
    let pool = ThreadPool(name: "test", threadCount: threads, processors: 1)
    while pool.idleThreadCount < threads { sched_yield() }
    return pool
}

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
    let isEmpty = living.wait(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000) { $0 == 0 ? true : nil }
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

/// What a net of many small layers does: helpers go from region to region.
@Test(arguments: [1, 2, 3, 8])
func thousandsOfTinyRegionsDoEachIndexOnce(threads: Int) {
    let pool = ThreadPool(name: "test", threadCount: threads, processors: threads)
    let run = ParallelRun()
    var wrong = 0
    for round in 0..<5000 {
        let count = round % 17
        let hits = Hits(count)
        pool.forEachPiece(of: count, grain: 1 + round % 3, work: 100_000, in: run) { range, _ in hits.add(range) }
        if !hits.areAllOnce { wrong += 1 }
    }
    pool.runEnds(run)
    #expect(wrong == 0)
    pool.stop()
}

/// A helper that needs the scratch memory of its lane must be alone with it.
@Test func lanesBelongToOneThreadAtATime() {
    let pool = ThreadPool(name: "test", threadCount: 4, processors: 4)
    let run = ParallelRun()
    let lanes = 3
    let busy = Hits(lanes)
    let clashes = Atomic<Int>(0)
    for _ in 0..<500 {
        pool.forEachPiece(of: 40, grain: 1, work: 1_000_000, lanes: lanes, in: run) { range, lane in
            if lane >= lanes || busy.enter(lane) != 1 { clashes.add(1, ordering: .relaxed) }
            for _ in range { sched_yield() }
            busy.leave(lane)
        }
    }
    pool.runEnds(run)
    #expect(clashes.load(ordering: .relaxed) == 0)
    pool.stop()
}

@Test func regionsWithinRegionsDoEachIndexOnce() {
    let pool = ThreadPool(name: "test", threadCount: 3)
    let hits = Hits(10 * 20 * 5)
    pool.parallelFor(10, minimumChunk: 1) { outer in
        for first in outer {
            pool.parallelFor(20, minimumChunk: 1) { inner in
                for second in inner {
                    let begin = (first * 20 + second) * 5
                    pool.parallelFor(5, minimumChunk: 2) { hits.add(begin + $0.lowerBound..<begin + $0.upperBound) }
                }
            }
        }
    }
    #expect(hits.areAllOnce)
    pool.stop()
}

/// Threads that hold a gate are busy, so the pool's only other thread has to come.
@Test func idleThreadIsWokenForALargeRegion() {
    let pool = restingPool(2)
    let arrived = ConditionLock(0)
    pool.parallelFor(2, minimumChunk: 1) { _ in
        arrived.withLockNotifyingAll { $0 += 1 }
        arrived.wait { $0 == 2 ? () : nil }
    }
    #expect(arrived.withLock { $0 } == 2)
    pool.stop()
}

@Test func everySleepingThreadIsWokenByTheOthers() {
    let pool = restingPool(8)
    let arrived = ConditionLock(0)
    pool.parallelFor(8, minimumChunk: 1) { _ in
        arrived.withLockNotifyingAll { $0 += 1 }
        arrived.wait { $0 == 8 ? () : nil }
    }
    #expect(arrived.withLock { $0 } == 8)
    pool.stop()
}

/// Runs of a small model, none of which is worth a call: sooner or later somebody comes all the same.
@Test func shortRunsTogetherWakeASleepingThread() {
    let pool = restingPool(2)
    let run = ParallelRun()
    let owner = Thread.currentIdentity
    let isHelped = Atomic<Bool>(false)
    let limit = SystemClock().nanoseconds() + 60_000_000_000
    while !isHelped.load(ordering: .relaxed), SystemClock().nanoseconds() < limit {
        pool.forEachPiece(of: 2, grain: 1, work: HelpPolicy.wakePrice / 4, in: run) { _, _ in
            if Thread.currentIdentity != owner { isHelped.store(true, ordering: .relaxed) }
            for _ in 0..<20 { sched_yield() }
        }
        pool.runEnds(run)
    }
    let helped = isHelped.load(ordering: .relaxed)
    #expect(helped)
    pool.stop()
}

/// A thread that leaves its processor may use as many as before.
@Test func leavingAProcessorForbidsNone() {
    let before = cplatform_allowed_processors()
    let processor = cplatform_current_processor()
    cplatform_leave_processor(processor)
    #expect(cplatform_allowed_processors() == before)
    cplatform_leave_processor(-1)
    cplatform_leave_processor(.max)
    #expect(cplatform_allowed_processors() == before)
}

/// A thread that helps leaves for a job as soon as it has finished its piece, and the owner goes on alone.
@Test func jobGoesBeforeHelping() {
    let pool = restingPool(2)
    let owner = Thread.currentIdentity
    let state = ConditionLock((helps: 0, ranJob: false, pieces: 0))
    pool.parallelFor(1000, minimumChunk: 1) { range in
        guard Thread.currentIdentity != owner else {
            state.withLock { $0.pieces += range.count }
            // The helper has its piece, and none is given out before the job is waiting.
            state.wait { $0.helps > 0 ? () : nil }
            return
        }
        let isFirst = state.withLockNotifyingAll { state in
            state.pieces += range.count
            state.helps += 1
            return state.helps == 1
        }
        guard isFirst else { return }
        // One thread sleeps, one is here: the job is for either of them.
        for _ in 0..<2 {
            pool.submit {
                state.withLockNotifyingAll { $0.ranJob = true }
                state.wait { $0.pieces == 1000 ? () : nil }
            }
        }
    }
    #expect(state.withLock { $0.pieces } == 1000)
    state.withLockNotifyingAll { _ in }
    pool.stop()
    #expect(state.withLock { $0.ranJob })
    #expect(state.withLock { $0.helps } == 1)
}

/// The region is finished by its owner if the pool's threads have gone.
@Test func regionSurvivesTheEndOfItsPool() {
    for _ in 0..<200 {
        let pool = ThreadPool(name: "test", threadCount: 3)
        let begun = ConditionLock(false)
        let done = Atomic<Int>(0)
        let owner = Thread(name: "owner") {
            for _ in 0..<20 {
                pool.parallelFor(100, minimumChunk: 1) { range in
                    done.add(range.count, ordering: .relaxed)
                    begun.withLockNotifyingAll { $0 = true }
                }
            }
        }
        begun.wait { $0 ? () : nil }
        pool.stop()
        owner.join()
        #expect(done.load(ordering: .relaxed) == 2000)
    }
}

@Test func helpersTreatDenormalsAsTheOwnerDoes() {
    let pool = restingPool(2)
    let arrived = ConditionLock(0)
    let denormal = Atomic<UInt32>(1)
    let seen = ConditionLock<[Float]>([])
    func region() {
        arrived.withLock { $0 = 0 }
        pool.parallelFor(2, minimumChunk: 1) { _ in
            let value = Float(bitPattern: denormal.load(ordering: .relaxed)) * 2
            seen.withLock { $0.append(value) }
            arrived.withLockNotifyingAll { $0 += 1 }
            arrived.wait { $0 == 2 ? () : nil }
        }
    }
    let state = cplatform_flush_denormals()
    region()
    cplatform_restore_denormals(state)
    region()
    #if arch(x86_64)
        #expect(seen.withLock { $0 } == [0, 0, .leastNonzeroMagnitude * 2, .leastNonzeroMagnitude * 2])
    #endif
    pool.stop()
}

/// A pool of one thread, and one that has more threads than processors, do not watch; they must still be complete.
@Test func poolWithoutWatchersStillHelps() {
    let pool = restingPool(3)
    let arrived = ConditionLock(0)
    pool.parallelFor(2, minimumChunk: 1) { _ in
        arrived.withLockNotifyingAll { $0 += 1 }
        arrived.wait { $0 == 2 ? () : nil }
    }
    let hits = Hits(1000)
    pool.parallelFor(1000, minimumChunk: 3) { hits.add($0) }
    #expect(hits.areAllOnce)
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
