import CPlatform
import Glibc
import ServingCore
import Synchronization
import Threading

/// One thread that waits for descriptors, timers and tasks from other threads, and calls whoever they belong to.
///
/// Everything of a connection lives on its loop, so its state is confined to one thread and only the inbox has a lock.
/// All methods except `post` and `isCurrent` must be called on the loop's thread; until the loop has been started, the
/// starting thread counts as that.
package final class EventLoop: @unchecked Sendable {
    private struct Inbox {
        var tasks: [any LoopTask] = []
        /// True from the moment in which the loop decides to wait; whoever posts first then has to wake it.
        var isSleeping = false
        var isClosed = false
    }

    private struct Registration {
        var number: UInt32 = 0
        var handler: (any PollHandler)?
    }

    package let name: String
    private let pollDescriptor: Int32
    private let wakeDescriptor: Int32
    private let clock: any Clock
    private let inbox = ConditionLock(Inbox())
    private let threadIdentity = Atomic<UInt>(0)
    private let threadHandle = ConditionLock<Thread?>(nil)

    private var registrations: [Registration] = []
    private var lastNumber: UInt32 = 0
    private var timers = TimerHeap()
    private var flushList: [any LoopFlushable] = []
    private var taskBatch: [any LoopTask] = []
    private var isStopping = false
    private var polling = PollPolicy()
    /// Requests that are being answered; what the loop waits for then is done by other threads, which need the processors.
    var openStreams: Int
    /// The time at the start of this iteration; good enough for deadlines and free of a clock call.
    package private(set) var now: Instant
    /// Where connections read into; its contents are used up before the next read.
    package let readBuffer: UnsafeMutableRawBufferPointer
    /// Buffers for output that has been serialised but not written yet.
    package let outputChunks = ChunkPool(chunkBytes: 64 << 10, maxIdleChunks: 32)
    /// What the HTTP/2 sessions of the loop's connections live in.
    let sessionMemory = SessionMemory()

    private static let readBytes = 256 << 10
    private static let eventsPerWait = 256

    /// - Parameter servesClients: whether it pays to await the next request without sleeping; not for who waits for servers.
    /// - Throws: RESOURCE_EXHAUSTED if the system has no descriptor left.
    package init(name: String, clock: any Clock = SystemClock(), servesClients: Bool = true) throws(Status) {
        self.name = name
        self.clock = clock
        openStreams = servesClients ? 0 : 1
        now = Instant(nanoseconds: clock.nanoseconds())
        pollDescriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard pollDescriptor >= 0 else { throw SystemCall.failure("epoll_create1") }
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeDescriptor >= 0 else {
            let failure = SystemCall.failure("eventfd")
            close(pollDescriptor)
            throw failure
        }
        readBuffer = .allocate(byteCount: EventLoop.readBytes, alignment: 64)
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: EventLoop.wakeMark))
        epoll_ctl(pollDescriptor, EPOLL_CTL_ADD, wakeDescriptor, &event)
    }

    deinit {
        close(wakeDescriptor)
        close(pollDescriptor)
        readBuffer.deallocate()
    }

    private static let wakeMark = UInt64.max

    // MARK: Life

    /// Starts the loop's thread.
    package func start() {
        threadHandle.withLock { handle in
            guard handle == nil else { return }
            handle = Thread(name: name) { [self] in run() }
        }
    }

    /// Ends the loop after the tasks that were posted before, and waits for its thread. Must not be called on it.
    package func stop() {
        post { $0.isStopping = true }
        let thread = threadHandle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        thread?.join()
    }

    /// True on the loop's own thread.
    package var isCurrent: Bool { threadIdentity.load(ordering: .relaxed) == Thread.currentIdentity }

    private func run() {
        threadIdentity.store(Thread.currentIdentity, ordering: .relaxed)
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: EventLoop.eventsPerWait)
        defer { events.deallocate() }
        while !isStopping {
            let count = waitForEvents(events)
            now = Instant(nanoseconds: clock.nanoseconds())
            for index in 0..<count { dispatch(events[index]) }
            fireTimers()
            runTasks()
            flushAll()
        }
        closeInbox()
    }

    /// Fills `events` with what has happened; waits if there is nothing else to do.
    /// - Returns: how many there are.
    private func waitForEvents(_ events: UnsafeMutablePointer<epoll_event>) -> Int {
        let milliseconds = waitTime()
        guard milliseconds != 0 else { return poll(events, 0) }
        let start = clock.nanoseconds()
        defer { if openStreams == 0 { polling.waitEnded(after: clock.nanoseconds() &- start) } }
        let limit = openStreams == 0 ? polling.limit : 0
        while limit > 0 {
            let count = poll(events, 0)
            if count > 0 { return count }
            if clock.nanoseconds() &- start >= limit { break }
        }
        return poll(events, milliseconds)
    }

    private func poll(_ events: UnsafeMutablePointer<epoll_event>, _ milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(pollDescriptor, events, Int32(EventLoop.eventsPerWait), milliseconds)))
    }

    /// Milliseconds for epoll_wait: none if there is work, else until the earliest timer.
    private func waitTime() -> Int32 {
        let mustRun = inbox.withLock { inbox in
            inbox.isSleeping = inbox.tasks.isEmpty
            return !inbox.isSleeping
        }
        if mustRun || !flushList.isEmpty { return 0 }
        guard let earliest = timers.earliest else { return -1 }
        let rest = earliest.nanoseconds(since: Instant(nanoseconds: clock.nanoseconds()))
        return Int32(clamping: rest / 1_000_000 + (rest % 1_000_000 == 0 ? 0 : 1))
    }

    private func dispatch(_ event: epoll_event) {
        let data = event.data.u64
        if data == EventLoop.wakeMark {
            var count: UInt64 = 0
            read(wakeDescriptor, &count, 8)
            return
        }
        let descriptor = Int(data & 0xffff_ffff)
        guard descriptor < registrations.count, registrations[descriptor].number == UInt32(data >> 32),
            let handler = registrations[descriptor].handler
        else { return }
        let ready = event.events
        handler.descriptorReady(
            readable: ready & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0,
            writable: ready & EPOLLOUT.rawValue != 0,
            failed: ready & EPOLLERR.rawValue != 0)
    }

    private func fireTimers() {
        while let timer = timers.popDue(at: now) { timer.target.timerFired(timer) }
    }

    private func runTasks() {
        inbox.withLock { inbox in
            inbox.isSleeping = false
            swap(&inbox.tasks, &taskBatch)
        }
        for task in taskBatch { task.runOnLoop() }
        taskBatch.removeAll(keepingCapacity: taskBatch.count <= 4096)
    }

    private func flushAll() {
        var index = 0
        while index < flushList.count {
            flushList[index].flush()
            index += 1
        }
        flushList.removeAll(keepingCapacity: true)
    }

    private func closeInbox() {
        inbox.withLock { inbox in
            inbox.isClosed = true
            inbox.tasks = []
        }
        registrations = []
        threadIdentity.store(0, ordering: .relaxed)
    }

    // MARK: Tasks from other threads

    /// Runs `task` on the loop soon; from any thread. After the loop has ended the task is dropped.
    package func post(_ task: any LoopTask) {
        let mustWake = inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            inbox.tasks.append(task)
            defer { inbox.isSleeping = false }
            return inbox.isSleeping
        }
        if mustWake { wake() }
    }

    /// Runs `body` on the loop soon; from any thread. For rare things: it allocates.
    package func post(_ body: @escaping @Sendable (EventLoop) -> Void) { post(ClosureTask(loop: self, body: body)) }

    private final class ClosureTask: LoopTask {
        private let loop: EventLoop
        private let body: @Sendable (EventLoop) -> Void

        init(loop: EventLoop, body: @escaping @Sendable (EventLoop) -> Void) {
            self.loop = loop
            self.body = body
        }

        func runOnLoop() { body(loop) }
    }

    private func wake() {
        var one: UInt64 = 1
        write(wakeDescriptor, &one, 8)
    }

    // MARK: Descriptors, timers, flushes

    /// Watches `descriptor` for reading (level-triggered) and calls `handler`, which is retained until `remove`.
    package func add(_ descriptor: Int32, _ handler: any PollHandler) throws(Status) {
        let index = Int(descriptor)
        while registrations.count <= index { registrations.append(Registration()) }
        lastNumber = lastNumber == UInt32.max - 1 ? 1 : lastNumber + 1
        registrations[index] = Registration(number: lastNumber, handler: handler)
        var event = self.event(for: descriptor, reading: true, writing: false)
        guard epoll_ctl(pollDescriptor, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            registrations[index].handler = nil
            throw SystemCall.failure("epoll_ctl")
        }
    }

    /// Changes what `descriptor` is watched for.
    package func watch(_ descriptor: Int32, reading: Bool, writing: Bool) {
        var event = self.event(for: descriptor, reading: reading, writing: writing)
        epoll_ctl(pollDescriptor, EPOLL_CTL_MOD, descriptor, &event)
    }

    /// Stops watching; call it before closing the descriptor. Events already on their way find nobody.
    package func remove(_ descriptor: Int32) {
        guard Int(descriptor) < registrations.count else { return }
        registrations[Int(descriptor)].handler = nil
        registrations[Int(descriptor)].number = 0
        epoll_ctl(pollDescriptor, EPOLL_CTL_DEL, descriptor, nil)
    }

    private func event(for descriptor: Int32, reading: Bool, writing: Bool) -> epoll_event {
        let events = (reading ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        let number = registrations[Int(descriptor)].number
        return epoll_event(events: events, data: epoll_data_t(u64: UInt64(number) << 32 | UInt64(UInt32(descriptor))))
    }

    package func schedule(_ timer: LoopTimer, at instant: Instant) { timers.schedule(timer, at: instant) }

    package func cancel(_ timer: LoopTimer) { timers.remove(timer) }

    /// Calls `flush` of `target` once more before the loop waits again.
    package func flushLater(_ target: any LoopFlushable) { flushList.append(target) }
}
