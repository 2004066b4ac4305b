import CPlatform
import Synchronization

/// A fixed set of threads that run jobs in the order in which they were submitted, and that lend a hand to a job that
/// splits itself with `parallelFor` whenever they are idle.
///
/// A single busy caller therefore uses all threads, and many busy callers use one each, without anybody choosing.
public final class ThreadPool: Sendable {
    public typealias Job = @Sendable () -> Void

    private struct Queue {
        /// Those before `head` have been taken away.
        var jobs: [Place] = []
        var head = 0
        /// Sleeping threads that are to look for parallel regions.
        var calls = 0
        var isStopped = false

        mutating func next() -> Work? {
            if let job = nextJob() { return .run(job) }
            if isStopped { return .stop }
            guard calls > 0 else { return nil }
            calls -= 1
            return .watch(othersCalled: calls)
        }

        /// Takes the oldest job out. Under a lasting backlog the array never gets empty, so neither the job nor its place
        /// may wait for that to be given back.
        private mutating func nextJob() -> Job? {
            guard head < jobs.count else { return nil }
            let job = jobs[head].job
            jobs[head].job = nil
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: jobs.count <= 4096)
                head = 0
            } else if head >= 1024, head * 2 >= jobs.count {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    /// A job in the queue. Elements of an array that are closures themselves would be wrapped on their way in and out, each time
    /// in memory of their own.
    private struct Place {
        var job: Job?
    }

    private enum Work {
        case run(Job)
        case watch(othersCalled: Int)
        case stop
    }

    private let queue = ConditionLock(Queue())
    /// Jobs that wait for a thread, and very many once the pool is stopped: what makes watching threads look at the queue.
    private let waiting = Atomic<Int>(0)
    private let apart = CacheLine()
    /// Threads without work, by whether they watch for some or sleep.
    private let watching = Atomic<Int>(0)
    private let sleeping = Atomic<Int>(0)
    /// Runs under way that have had parallel regions.
    private let announcedRuns = Atomic<Int>(0)
    /// How many threads in a row were woken to help and came too late.
    private let vainCalls = Atomic<Int>(0)
    private let alsoApart = CacheLine()
    private let board: RegionBoard
    private let threads: Mutex<[Thread]> = Mutex([])
    public let threadCount: Int
    /// Threads that watch for work take nothing away from others only if each has a processor.
    private let mayWatch: Bool

    /// Starts `threadCount` threads, but at least one.
    /// - Parameters:
    ///   - name: that of the threads, with a number behind.
    ///   - processors: how many threads can run at once; with fewer than there are in the pool none watches for work.
    public init(
        name: String, threadCount: Int, niceness: Int32 = 0, stackBytes: Int = 2 << 20,
        processors: Int = ProcessorCount.available
    ) {
        self.threadCount = max(1, threadCount)
        mayWatch = self.threadCount > 1 && self.threadCount <= processors
        board = RegionBoard(threads: self.threadCount)
        threads.withLock { threads in
            for index in 0..<self.threadCount {
                threads.append(
                    Thread(name: "\(name)-\(index)", niceness: niceness, stackBytes: stackBytes) { [self] in work() })
            }
        }
    }

    private func work() {
        var policy = WatchPolicy()
        while workOnce(&policy) {}
    }

    /// Does what comes next; false if that is to end. What a job refers to is given back before the thread looks further.
    private func workOnce(_ policy: inout WatchPolicy) -> Bool {
        sleeping.wrappingAdd(1, ordering: .relaxed)
        let next = queue.wait { $0.next() }
        sleeping.wrappingSubtract(1, ordering: .relaxed)
        switch next {
        case .run(let job):
            waiting.wrappingSubtract(1, ordering: .relaxed)
            job()
            if announcedRuns.load(ordering: .relaxed) > 0 { _ = watch(&policy) }
        case .watch(let others):
            // Each wakes two others, so that the one who called them need not wake them all.
            for _ in 0..<min(2, others) { queue.withLockNotifyingOne { _ in } }
            let vain =
                watch(&policy, wasCalled: true)
                ? 0 : min(HelpPolicy.mostVainCalls, vainCalls.load(ordering: .relaxed) + 1)
            vainCalls.store(vain, ordering: .relaxed)
        case .stop: return false
        }
        return true
    }

    /// Helps in parallel regions until a job waits, or until there was none for as long as it pays to watch. Returns whether
    /// it has helped.
    private func watch(_ policy: inout WatchPolicy, wasCalled: Bool = false) -> Bool {
        watching.wrappingAdd(1, ordering: .relaxed)
        defer { watching.wrappingSubtract(1, ordering: .relaxed) }
        var hasHelped = false
        var watch = policy.begin(at: ThreadPool.clock.nanoseconds(), wasCalled: wasCalled)
        var turns = 0
        while waiting.load(ordering: .relaxed) == 0 {
            if turns & 31 == 0, !paysToWatch(&watch, turns) {
                policy.watchEnds(found: false)
                break
            }
            if board.hasOpenRegions, helpIfPossible() {
                policy.watchEnds(found: true)
                hasHelped = true
                watch = policy.begin(at: ThreadPool.clock.nanoseconds())
                turns = 0
            } else {
                cplatform_pause()
                turns += 1
            }
        }
        return hasHelped
    }

    private func paysToWatch(_ watch: inout WatchPolicy.Watch, _ turns: Int) -> Bool {
        guard mayWatch else { return turns == 0 }
        board.leaveOwnersProcessor()
        guard !board.isOnOwnersProcessor else { return false }
        return watch.pays(
            at: ThreadPool.clock.nanoseconds(), isRunUnderWay: announcedRuns.load(ordering: .relaxed) > 0,
            isRegionUnderWay: board.hasRegionsUnderWay)
    }

    private static let clock = SystemClock()

    private func helpIfPossible() -> Bool {
        watching.wrappingSubtract(1, ordering: .relaxed)
        defer { watching.wrappingAdd(1, ordering: .relaxed) }
        return board.help { waiting.load(ordering: .relaxed) != 0 }
    }

    /// Appends `job`; it runs on one of the pool's threads. Jobs submitted after `stop` are dropped.
    public func submit(_ job: @escaping Job) {
        queue.withLockNotifyingOne { queue in
            guard !queue.isStopped else { return }
            queue.jobs.append(Place(job: job))
            waiting.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// Jobs that wait for a thread.
    public var pendingJobs: Int { queue.withLock { $0.jobs.count - $0.head } }

    /// Threads that have nothing to do.
    var idleThreadCount: Int { watching.load(ordering: .relaxed) + sleeping.load(ordering: .relaxed) }

    /// What all threads have used of processors so far; 0 after `stop`.
    public var processorNanoseconds: UInt64 {
        threads.withLock { $0.reduce(0) { $0 &+ $1.processorNanoseconds } }
    }

    /// Finishes the queued jobs, then ends and joins the threads. Must not be called from one of them.
    public func stop() {
        queue.withLockNotifyingAll { queue in
            if !queue.isStopped { waiting.wrappingAdd(1 << 32, ordering: .relaxed) }
            queue.isStopped = true
        }
        let all = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in all { thread.join() }
    }

    /// Calls `body` with ranges that cover `0..<count`, on the calling thread and on the pool's idle threads at once, and
    /// returns when all of them are done.
    ///
    /// No range is shorter than `minimumChunk`, unless `count` is. Without idle threads everything runs on the caller. `body`
    /// may itself contain parallel regions, and runs with the caller's handling of denormal numbers on each thread.
    public func parallelFor(_ count: Int, minimumChunk: Int, _ body: (Range<Int>) -> Void) {
        let run = ParallelRun()
        forEachPiece(of: count, grain: minimumChunk, work: .max, in: run) { range, _ in body(range) }
        runEnds(run)
    }

    /// As `parallelFor`, as a part of a run.
    ///
    /// - Parameters:
    ///   - grain: the least that is given out at once.
    ///   - work: the rough time in nanoseconds for all of it on one thread; sleeping threads are not woken for little.
    ///   - lanes: not more threads than that take part.
    ///   - body: its second argument is a number below `lanes` and `threadCount` that belongs to one thread at a time.
    public func forEachPiece(
        of count: Int, grain: Int, work: UInt64, lanes: Int = .max, in run: borrowing ParallelRun,
        _ body: (_ range: Range<Int>, _ lane: Int) -> Void
    ) {
        guard count > 0 else { return }
        let grain = max(1, grain)
        let pieces = min(count / grain, lanes, threadCount)
        let watching = watching.load(ordering: .relaxed)
        let sleeping = sleeping.load(ordering: .relaxed)
        guard pieces > 1, watching + sleeping > 0 else { return body(0..<count, 0) }
        let policy = HelpPolicy(
            pieces: pieces, threads: threadCount, watching: watching, sleeping: sleeping, work: work,
            unhelped: run.unhelped.load(ordering: .relaxed), vainCalls: vainCalls.load(ordering: .relaxed))
        run.unhelped.store(policy.unhelped, ordering: .relaxed)
        guard policy.room > 0 else { return body(0..<count, 0) }
        announce(run)
        board.run(
            count, grain: RegionShares.evenGrain(grain), lanes: policy.lanes(watching: watching), helpers: policy.room,
            wake: { if policy.wake > 0 { call(policy.wake) } }, body)
    }

    /// To be called when a run ends whose parallel regions ran here; it can be used for another run then, which goes on with the
    /// count of what nobody has helped with: runs that are shorter than a call together pay for one.
    public func runEnds(_ run: borrowing ParallelRun) {
        guard run.isAnnounced.load(ordering: .relaxed) else { return }
        run.isAnnounced.store(false, ordering: .relaxed)
        announcedRuns.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Lets the threads know that a run is under way that has parallel regions.
    private func announce(_ run: borrowing ParallelRun) {
        guard !run.isAnnounced.load(ordering: .relaxed), !run.isAnnounced.exchange(true, ordering: .relaxed) else {
            return
        }
        announcedRuns.wrappingAdd(1, ordering: .relaxed)
    }

    /// Wakes `count` sleeping threads that shall look for regions.
    private func call(_ count: Int) {
        queue.withLockNotifyingOne { $0.calls = min($0.calls + count, threadCount) }
    }
}
