import CPlatform
import Glibc
import ServingCore
import Threading

/// Watches base paths and says which versions are wanted.
///
/// `SourceState` decides when to look; looks are taken by worker threads (`LookQueue`), because any of them may hang;
/// all callbacks are made by one control thread, in order. Local directories are watched through `DirectoryWatcher`, so
/// that in quiet times a look is no more than the question whether the base path is still the same directory.
public final class FileSystemSource: Sendable {
    /// Called on the control thread for each model whose wanted versions, or their content, have changed; an empty list
    /// means that none is wanted.
    public typealias Publish = @Sendable (_ model: String, _ versions: [AspiredVersion]) -> Void
    /// Called on the control thread when the storage of a model can't be read, with the reason, and when it can be
    /// again, with nil.
    public typealias Trouble = @Sendable (_ model: String, _ status: Status?) -> Void

    /// Called on the control thread after a look: the numbers of the versions that were found, highest first, or why the base
    /// path could not be read. Not called again while it stays the same, apart from once after each update.
    public typealias Looked = @Sendable (_ model: String, _ found: Result<[Int64], Status>) -> Void

    struct Control {
        var state: SourceState
        /// What the control thread is to do next, in order.
        var actions: [SourceState.Action] = []
        var answers: [String: (update: UInt64, result: Result<[Int64], Status>)] = [:]
        var workers: [Int: Thread] = [:]
        var endedWorkers: [Int] = []
        var startedWorkers = 0
        var completedPolls = 0
        /// A round has begun that is not completed.
        var isInRound = true
        var isStarted = false
        var isStopped = false
    }

    let control: ConditionLock<Control>
    let queue = ConditionLock(LookQueue())
    let watcher: DirectoryWatcher?
    private let polling: SourceTiming.Polling
    private let fileSystem: any FileSystem
    private let publish: Publish
    private let trouble: Trouble
    private let looked: Looked
    private let wakeUp: Int32
    private let thread: ConditionLock<Thread?> = ConditionLock(nil)

    /// - Parameters:
    ///   - pollWaitSeconds: greater than 0: the longest time until a change is noticed; 0: look once, and once more at
    ///     each update; less than 0: look only at updates after the start.
    ///   - isWatching: whether changes of local directories may be noticed earlier.
    public init(
        pollWaitSeconds: Int64, fileSystem: any FileSystem = LocalFileSystem(), isWatching: Bool = true,
        publish: @escaping Publish, trouble: @escaping Trouble = { _, _ in },
        looked: @escaping Looked = { _, _ in }
    ) {
        let timing = SourceTiming(pollWaitSeconds: pollWaitSeconds)
        control = ConditionLock(Control(state: SourceState(timing)))
        polling = timing.polling
        watcher = isWatching && timing.period != nil ? DirectoryWatcher() : nil
        self.fileSystem = fileSystem
        self.publish = publish
        self.trouble = trouble
        self.looked = looked
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(wakeUp >= 0, "no eventfd: \(String(cString: strerror(errno)))")
    }

    deinit { close(wakeUp) }

    // MARK: - Models

    /// Replaces the watched models. A look at all of them is taken at once; the versions of models that are not in the
    /// list any more are given up.
    /// - Returns: the number of this update, for `waitForLooks`.
    @discardableResult
    public func update(_ servables: [MonitoredServable]) -> UInt64 {
        let now = now
        let number = control.withLock { control in
            let isLooking = polling != .never || control.isStarted
            let actions = control.state.update(servables, isLooking: isLooking, at: now)
            control.actions += actions
            let names = Set(servables.map(\.name))
            control.answers = control.answers.filter { names.contains($0.key) }
            return control.state.update
        }
        wake()
        return number
    }

    /// Waits until each of the models `names` has been looked at after the update with the number `update`.
    ///
    /// - Parameter deadline: nanoseconds on the monotonic clock.
    /// - Returns: for each model that has been looked at the numbers of the versions that were found, highest first, or
    ///   why its base path could not be read; models whose storage has not answered in time are missing in it.
    public func waitForLooks(
        at names: [String], after update: UInt64, untilNanoseconds deadline: UInt64
    ) -> [String: Result<[Int64], Status>] {
        let answers = { (control: inout Control) -> [String: Result<[Int64], Status>] in
            var answers: [String: Result<[Int64], Status>] = [:]
            for name in names {
                guard let answer = control.answers[name], answer.update >= update else { continue }
                answers[name] = answer.result
            }
            return answers
        }
        let wanted = Set(names).count
        let complete = control.wait(untilNanoseconds: deadline) { control in
            let found = answers(&control)
            return found.count == wanted ? found : nil
        }
        return complete ?? control.withLock(answers)
    }

    /// Rounds of looks that have been completed since the start, apart from looks that hang.
    public var completedPolls: Int { control.withLock { $0.completedPolls } }

    // MARK: - Life

    /// Starts the threads.
    public func start() {
        thread.withLock { thread in
            guard thread == nil else { return }
            control.withLock { $0.isStarted = true }
            thread = Thread(name: "poll", niceness: 5) { [self] in run() }
        }
    }

    /// Makes the threads end after the looks that they may be taking, but does not wait for it: a file system that
    /// hangs must not keep the process from ending.
    public func requestStop() {
        control.withLockNotifyingAll { $0.isStopped = true }
        queue.withLockNotifyingAll { $0.isStopped = true }
        wake()
    }

    /// Ends the threads. Waits for looks that are being taken, but no longer than 2 s: one that hangs keeps its thread.
    public func stop() {
        requestStop()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
        let patience = now.advanced(byNanoseconds: 2_000_000_000).nanoseconds
        _ = control.wait(untilNanoseconds: patience) { $0.workers.count == $0.endedWorkers.count ? () : nil }
        joinEndedWorkers()
    }

    // MARK: - Control thread

    private var now: Instant { Instant(nanoseconds: SystemClock().nanoseconds()) }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    private func run() {
        var readable = now
        while !control.withLock({ $0.isStopped }) {
            if readable <= now, takeReports() { readable = now.advanced(byNanoseconds: 50_000_000) }
            let next = act()
            wait(until: next, reportsFrom: readable)
        }
    }

    /// False if nothing has been reported.
    private func takeReports() -> Bool {
        guard let changes = watcher?.read(), changes != DirectoryWatcher.Changes() else { return false }
        let now = now
        control.withLock { control in
            if changes.areIncomplete { control.state.anythingMayHaveChanged(at: now) }
            for key in changes.keys { control.state.changed(key: key, at: now) }
        }
        return true
    }

    /// Does what is to be done now; returns when there is something to do again.
    private func act() -> Instant {
        joinEndedWorkers()
        let now = now
        let orders = control.withLock { control in
            let orders = control.state.orders(at: now)
            if !orders.isEmpty { control.isInRound = true }
            return orders
        }
        let (missing, overdue) = queue.withLockNotifyingAll { queue in
            queue.add(orders, at: now)
            return (queue.workersToStart(at: now), queue.overdue(at: now))
        }
        for _ in 0..<missing { startWorker() }
        for (order, seconds) in overdue {
            control.withLock { control in
                let actions = control.state.isHanging(order, seconds: seconds)
                control.actions += actions
            }
        }
        perform()
        let nextOrder = control.withLockNotifyingAll { control in
            guard control.actions.isEmpty else { return now }
            if control.isInRound, control.state.looksInProgress == 0 {
                control.isInRound = false
                control.completedPolls += 1
            }
            return control.state.nextOrder
        }
        return min(nextOrder, queue.withLock { $0.nextCheck(at: now) })
    }

    private func perform() {
        let actions = control.withLock { control in
            defer { control.actions = [] }
            return control.actions
        }
        for action in actions {
            switch action {
            case .publish(let name, let versions): publish(name, versions)
            case .trouble(let name, let status):
                trouble(name, status)
            case .warn(let text): Log.warning(text)
            case .unwatch(let key): watcher?.unwatch(key: key)
            case .answer(let name, let update, let result):
                control.withLockNotifyingAll { $0.answers[name] = (update, result) }
                looked(name, result)
            }
        }
    }

    private func wait(until next: Instant, reportsFrom readable: Instant) {
        let now = now
        let areReportsHeld = watcher != nil && readable > now
        let wake = areReportsHeld ? min(next, readable) : next
        guard wake > now else { return }
        // A millisecond more than asked for is better than waking up too early.
        let milliseconds = min(wake.nanoseconds(since: now) / 1_000_000 + 1, 3_600_000)
        var descriptors = [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)]
        if let watcher, !areReportsHeld {
            descriptors.append(pollfd(fd: watcher.descriptor, events: Int16(POLLIN), revents: 0))
        }
        _ = poll(&descriptors, nfds_t(descriptors.count), Int32(milliseconds))
        var count: UInt64 = 0
        if descriptors[0].revents != 0 { _ = read(wakeUp, &count, 8) }
    }

    // MARK: - Workers: what they find is put down for the control thread

    private func startWorker() {
        control.withLock { control in
            control.startedWorkers += 1
            let number = control.startedWorkers
            control.workers[number] = Thread(name: "look", niceness: 5, stackBytes: 1 << 20) { [self] in
                work()
                self.control.withLockNotifyingAll { $0.endedWorkers.append(number) }
            }
        }
    }

    private func joinEndedWorkers() {
        let ended = control.withLock { control in
            defer { control.endedWorkers = [] }
            return control.endedWorkers.compactMap { control.workers.removeValue(forKey: $0) }
        }
        for worker in ended { worker.join() }
    }

    /// Takes looks until the source is stopped or the worker is not needed any more.
    private func work() {
        while true {
            let order = queue.wait { queue -> LookOrder?? in
                if queue.isStopped { return .some(nil) }
                return queue.take(at: now).map { $0 }
            }
            guard let order else { return }
            let result = BaseLook.take(order, in: fileSystem, reports: watcher)
            let isSurplus = queue.withLock { $0.finished(order, at: now) }
            finish(order, result)
            if isSurplus { return }
        }
    }

    private func finish(_ order: LookOrder, _ result: LookResult) {
        let now = now
        let isWorthWaking = control.withLock { control in
            let actions = control.state.finished(order, result, at: now)
            for action in actions where !control.isKnown(action) { control.actions.append(action) }
            return control.state.looksInProgress == 0 || !control.actions.isEmpty
        }
        if isWorthWaking { wake() }
    }
}

extension FileSystemSource.Control {
    /// True for the answer that has been given already.
    fileprivate func isKnown(_ action: SourceState.Action) -> Bool {
        guard case .answer(let name, let update, let result) = action, let known = answers[name] else { return false }
        return known.update == update && known.result == result
    }
}
