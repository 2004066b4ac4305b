import Glibc
import Synchronization

/// A fixed set of threads that run jobs in the order in which they were submitted, and that lend a hand to a job that
/// splits itself with `parallelFor` whenever they are idle.
///
/// A single busy caller therefore uses all threads, and many busy callers use one each, without anybody choosing.
public final class ThreadPool: Sendable {
    public typealias Job = @Sendable () -> Void

    private struct Queue {
        /// Those before `head` have been taken away.
        var jobs: [Job?] = []
        var head = 0
        var helpers: [ParallelRegion] = []
        var isStopped = false

        mutating func next() -> Work? {
            if let region = helpers.popLast() { return .help(region) }
            if let job = nextJob() { return .run(job) }
            return isStopped ? .stop : nil
        }

        /// Takes the oldest job out. Under a lasting backlog the array never gets empty, so neither the job nor its place
        /// may wait for that to be given back.
        private mutating func nextJob() -> Job? {
            guard head < jobs.count else { return nil }
            let job = jobs[head].take()
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

    private enum Work {
        case run(Job)
        case help(ParallelRegion)
        case stop
    }

    private let queue = ConditionLock(Queue())
    private let idle = Atomic<Int>(0)
    private let threads: Mutex<[Thread]> = Mutex([])
    public let threadCount: Int

    public init(name: String, threadCount: Int, niceness: Int32 = 0, stackBytes: Int = 2 << 20) {
        self.threadCount = max(1, threadCount)
        threads.withLock { threads in
            for index in 0..<self.threadCount {
                threads.append(
                    Thread(name: "\(name)-\(index)", niceness: niceness, stackBytes: stackBytes) { [self] in work() })
            }
        }
    }

    private func work() {
        while true {
            idle.add(1, ordering: .relaxed)
            let next = queue.wait { $0.next() }
            idle.subtract(1, ordering: .relaxed)
            switch next {
            case .run(let job): job()
            case .help(let region): region.runChunks()
            case .stop: return
            }
        }
    }

    /// Appends `job`; it runs on one of the pool's threads. Jobs submitted after `stop` are dropped.
    public func submit(_ job: @escaping Job) {
        queue.withLockNotifyingOne { queue in
            if !queue.isStopped { queue.jobs.append(job) }
        }
    }

    /// Jobs that wait for a thread.
    public var pendingJobs: Int { queue.withLock { $0.jobs.count - $0.head } }

    /// What all threads have used of processors so far; 0 after `stop`.
    public var processorNanoseconds: UInt64 {
        threads.withLock { $0.reduce(0) { $0 &+ $1.processorNanoseconds } }
    }

    /// Finishes the queued jobs, then ends and joins the threads. Must not be called from one of them.
    public func stop() {
        queue.withLockNotifyingAll { $0.isStopped = true }
        let all = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in all { thread.join() }
    }

    /// Calls `body` with ranges that cover `0..<count`, on the calling thread and on the pool's idle threads at once, and
    /// returns when all of them are done.
    ///
    /// No range is shorter than `minimumChunk`, except the last. Without idle threads everything runs on the caller.
    public func parallelFor(_ count: Int, minimumChunk: Int, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let grain = max(1, minimumChunk)
        let helpers = min(idle.load(ordering: .relaxed), (count + grain - 1) / grain - 1)
        guard helpers > 0 else { return body(0..<count) }
        let pieces = (helpers + 1) * 4
        let chunk = max(grain, (count + pieces - 1) / pieces)
        withoutActuallyEscaping(body) { body in
            let region = ParallelRegion(count: count, chunk: chunk, body: body)
            queue.withLockNotifyingAll { queue in
                for _ in 0..<helpers { queue.helpers.append(region) }
            }
            region.runChunks()
            queue.withLock { queue in queue.helpers.removeAll { $0 === region } }
            region.waitForHelpers()
        }
    }
}

/// One `parallelFor`: chunks are taken by an atomic counter until none is left.
private final class ParallelRegion: @unchecked Sendable {
    private let count: Int
    private let chunk: Int
    private var body: ((Range<Int>) -> Void)?
    private let next = Atomic<Int>(0)
    private let unfinished: ConditionLock<Int>

    init(count: Int, chunk: Int, body: @escaping (Range<Int>) -> Void) {
        self.count = count
        self.chunk = chunk
        self.body = body
        unfinished = ConditionLock((count + chunk - 1) / chunk)
    }

    func runChunks() {
        while true {
            let start = next.add(chunk, ordering: .relaxed).oldValue
            guard start < count else { return }
            runChunk(from: start)
            unfinished.withLockNotifyingAll { $0 -= 1 }
        }
    }

    /// Not inlined, so that the reference to the closure is given back before the chunk counts as done.
    @inline(never)
    private func runChunk(from start: Int) { body?(start..<min(start + chunk, count)) }

    /// Returns when every chunk has been run; after it nobody calls `body` again.
    func waitForHelpers() {
        unfinished.wait { $0 == 0 ? () : nil }
        body = nil
    }
}
