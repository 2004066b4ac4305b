import ServingCore
import Threading

/// Does what the scheduler's state decides: starts workers on the pool's threads, has them run batches, answers who is not run.
final class BatchDispatcher: Sendable {
    /// A piece that waits; it keeps its queue until it is completed.
    struct QueuedPiece: BatchTask, Sendable {
        let piece: BatchPiece
        let queue: BatchQueue

        var rowCount: Int { piece.rows.count }
        var deadline: Deadline { piece.request.deadline }
        var isCancelled: Bool { piece.request.cancellation?.isCancelled == true || piece.isMoot }
    }

    typealias State = BatchSchedulerState<BatchKey, QueuedPiece>

    private struct Shared {
        var state: State
        /// Until when the timer sleeps; nil: until it is told something else.
        var look: UInt64?
        var isWatchingTime = true

        /// What follows from a change of the state.
        mutating func settle(at now: UInt64) -> Consequences {
            var consequences = Consequences(workers: state.claimWorkers(at: now))
            if let next = state.nextLook(at: now), next < look ?? .max {
                look = next
                consequences.wakesWaiters = true
            }
            if state.isStopping, state.isIdle { consequences.wakesWaiters = true }
            return consequences
        }
    }

    /// What is to be done after the lock is released.
    private struct Consequences {
        var workers = 0
        var wakesWaiters = false
    }

    let policy: BatchScheduler.Policy
    let clock: any Clock
    private let threads: ThreadPool
    private let observer: (any BatchObserver)?
    private let shared: ConditionLock<Shared>

    init(
        _ threads: ThreadPool, slots: Int, _ policy: BatchScheduler.Policy, clock: any Clock,
        observer: (any BatchObserver)?
    ) {
        self.threads = threads
        self.policy = policy
        self.clock = clock
        self.observer = observer
        shared = ConditionLock(Shared(state: State(slots: slots, policy: policy)))
    }

    /// Changes the state, then starts the workers and wakes the waiters that the change calls for.
    private func change<R>(at now: UInt64, _ body: (inout State) -> R) -> R {
        let (result, consequences) = shared.withLock { shared in
            let result = body(&shared.state)
            return (result, shared.settle(at: now))
        }
        carryOut(consequences)
        return result
    }

    private func carryOut(_ consequences: Consequences) {
        for _ in 0..<consequences.workers { threads.submit { [self] in work() } }
        if consequences.wakesWaiters { shared.withLockNotifyingAll { _ in } }
    }

    /// What waits now, by model. Only numbers are copied under the lock that requests go through.
    var waiting: [BatchScheduler.Waiting] { shared.withLock { $0.state.waiting } }

    // MARK: - Queues and requests

    func addQueue(_ runner: BatchRunner) -> Int {
        shared.withLock { shared in
            shared.state.addQueue(
                model: runner.identity.model, BatchLimits(runner.parameters), runsAlone: runner.runsRequestsAlone)
        }
    }

    func removeQueue(_ number: Int) { shared.withLock { $0.state.removeQueue(number) } }

    func submit(_ request: BatchRequest, to queue: BatchQueue) {
        observer?.requestArrived(queue, rows: request.rows)
        let now = clock.nanoseconds()
        let key = BatchKey(request.inputs, padsVariableLengths: queue.parameters.padsVariableLengthInputs)
        let submission = change(at: now) { state in
            state.submit(rows: request.rows, key: key, deadline: request.deadline, to: queue.number, at: now) { rows in
                QueuedPiece(piece: BatchPiece(request, rows: rows, arrival: now), queue: queue)
            }
        }
        drop(submission.dropped)
        guard let refusal = submission.refusal else { return }
        observer?.requestTurnedAway(queue, TurningAway(refusal))
        request.complete(.failure(refusal.status(queue.identity)))
    }

    private func drop(_ tasks: [DroppedTask<QueuedPiece>]) {
        for dropped in tasks {
            observer?.requestTurnedAway(dropped.task.queue, TurningAway(dropped.reason))
            dropped.task.piece.fail(dropped.reason.status)
        }
    }

    // MARK: - Workers

    /// Runs batches on the calling thread for as long as nobody else needs it more.
    private func work() {
        var dropped: [DroppedTask<QueuedPiece>] = []
        let now = clock.nanoseconds()
        var next = change(at: now) { $0.begin(at: now, dropped: &dropped) }
        drop(dropped)
        while let batch = next { next = run(batch) }
    }

    /// Runs a batch; returns the one to go on with.
    private func run(_ batch: State.Batch) -> State.Batch? {
        let runner = batch.tasks[0].task.queue.runner
        let outcome = compute(batch, runner)
        let otherJobs = threads.pendingJobs
        let now = clock.nanoseconds()
        var dropped: [DroppedTask<QueuedPiece>] = []
        let next = change(at: now) { state -> State.Batch? in
            state.finish(
                batch, nanoseconds: outcome.computeNanoseconds, paddedRows: outcome.paddedRows,
                isTypical: outcome.runs == 1 && !outcome.hasFailed)
            if runner.runsRequestsAlone { state.queues[batch.queue].runsAlone = true }
            guard otherJobs <= state.claimed || state.isStopping else { return nil }
            return state.proceed(at: now, dropped: &dropped)
        }
        drop(dropped)
        return next
    }

    private func compute(_ batch: State.Batch, _ runner: BatchRunner) -> BatchRunner.Outcome {
        guard let observer else { return runner.run(batch.tasks.map(\.task.piece)) }
        let queue = batch.tasks[0].task.queue
        let now = clock.nanoseconds()
        observer.batchBegan(queue, rows: batch.rows, queueNanoseconds: batch.tasks.map { now &- $0.arrival })
        let outcome = runner.run(batch.tasks.map(\.task.piece))
        observer.batchEnded(
            queue,
            BatchReport(
                rows: outcome.rows, paddedRows: outcome.paddedRows, computeNanoseconds: outcome.computeNanoseconds,
                runs: outcome.runs, hasFailed: outcome.hasFailed))
        return outcome
    }

    // MARK: - Without a worker

    /// Takes a slot for a caller that runs a request itself; returns the time, or nil if it has to queue.
    func beginDirect(_ queue: BatchQueue) -> UInt64? {
        shared.withLock { $0.state.beginDirect(queue.number) } ? clock.nanoseconds() : nil
    }

    func endDirect(_ queue: BatchQueue, since start: UInt64) {
        let now = clock.nanoseconds()
        change(at: now) { $0.endDirect(queue.number, nanoseconds: now &- start) }
    }

    // MARK: - Time

    /// Starts what becomes due, until it is told to stop; the body of the timer's thread.
    func watchTime() {
        var isGoingOn = true
        while isGoingOn {
            let look = shared.withLock { $0.look }
            let isChanged: (inout Shared) -> Bool? = { !$0.isWatchingTime || $0.look != look ? true : nil }
            if let look {
                _ = shared.wait(untilNanoseconds: look, for: isChanged)
            } else {
                _ = shared.wait(for: isChanged)
            }
            let now = clock.nanoseconds()
            let (consequences, goesOn) = shared.withLock { shared in
                if let look = shared.look, look <= now { shared.look = nil }
                return (shared.settle(at: now), shared.isWatchingTime)
            }
            carryOut(consequences)
            isGoingOn = goesOn
        }
    }

    func stopWatchingTime() { shared.withLockNotifyingAll { $0.isWatchingTime = false } }

    /// Lets no batch wait for others any more.
    func hurry() { change(at: clock.nanoseconds()) { $0.hurry() } }

    /// Takes no more requests, and returns when the last one is answered.
    func drain() {
        change(at: clock.nanoseconds()) { $0.stop() }
        shared.wait { $0.state.isIdle ? () : nil }
    }
}
