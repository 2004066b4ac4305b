import ServingCore

extension BatchSchedulerState {
    /// How many more workers to start, each of which will have a batch unless another takes it first. They count as busy until they
    /// `begin`.
    mutating func claimWorkers(at now: UInt64) -> Int {
        var workers = 0
        while freeSlots > 0, claimed < readyBatches(atLeast: claimed + 1, at: now) {
            addClaims(1)
            workers += 1
        }
        return workers
    }

    /// Counts batches that may run now, but stops at `wanted`.
    private mutating func readyBatches(atLeast wanted: Int, at now: UInt64) -> Int {
        var ready = 0
        for model in waitingModels {
            for queue in models[model].waiting {
                ready += readyBatches(of: queue, at: now)
                if ready >= wanted { return ready }
            }
        }
        return ready
    }

    private mutating func readyBatches(of queue: Int, at now: UInt64) -> Int {
        guard policy == .strict, !isHurrying else {
            return holdEnd(queue, freeSlots, at: now) == nil ? queues[queue].state.taskCount : 0
        }
        let complete = queues[queue].state.completeBatches
        return complete == 0 && isDue(queue, at: now) ? 1 : complete
    }

    /// Whether the oldest task has waited for as long as the strict policy lets it.
    private mutating func isDue(_ queue: Int, at now: UInt64) -> Bool {
        guard let due = dueTime(queue) else { return false }
        return due <= now
    }

    private mutating func dueTime(_ queue: Int) -> UInt64? {
        guard let oldest = queues[queue].state.oldest() else { return nil }
        let (due, overflow) = oldest.arrival.addingReportingOverflow(queues[queue].state.limits.timeoutNanoseconds)
        return overflow ? .max : due
    }

    /// Until when the queue's next batch is held for others to join it; nil if it may go.
    /// - Parameter free: slots that are free, with that in which it would run.
    private mutating func holdEnd(_ queue: Int, _ free: Int, at now: UInt64) -> UInt64? {
        guard policy == .adaptive, !isHurrying, free == 1, claimed == 0, running >= 1, !queues[queue].runsAlone else {
            return nil
        }
        let limits = queues[queue].state.limits
        guard limits.timeoutNanoseconds > 0, queues[queue].state.completeBatches == 0,
            let oldest = queues[queue].state.oldest()
        else { return nil }
        let end = queues[queue].hold.end(
            weight: queues[queue].state.weight, oldest: oldest.arrival, fixed: queues[queue].cost.fixedNanoseconds,
            timeout: limits.timeoutNanoseconds, at: now)
        if end != nil { queues[queue].hold.noteHeld(tasks: queues[queue].state.taskCount) }
        return end
    }

    /// When `claimWorkers` should be called even if nothing happens before; nil: not at all.
    mutating func nextLook(at now: UInt64) -> UInt64? {
        guard freeSlots > 0 else { return nil }
        var next: UInt64?
        for model in waitingModels {
            for queue in models[model].waiting {
                let time = policy == .strict ? dueTime(queue) : holdEnd(queue, freeSlots, at: now)
                // What is due already has its worker.
                if let time, time > now { next = min(next ?? .max, time) }
            }
        }
        return next
    }

    // MARK: - Batches

    /// The batch of a worker that has started; nil if there is nothing for it to do any more.
    mutating func begin(at now: UInt64, dropped: inout [DroppedTask<Task>]) -> Batch? {
        dropClaim()
        return proceed(at: now, dropped: &dropped)
    }

    /// The next batch of a worker that has finished one, for the slot that it had; nil if there is nothing to do.
    mutating func proceed(at now: UInt64, dropped: inout [DroppedTask<Task>]) -> Batch? {
        guard freeSlots > 0 else { return nil }
        while let queue = nextQueue(at: now) {
            let before = queues[queue].state.taskCount
            let tasks = take(from: queue, at: now, dropped: &dropped)
            queues[queue].hold.noteTaken(tasks: before)
            let batch = tasks.isEmpty ? nil : occupySlot(with: tasks, of: queue)
            noteTasks(of: queue, before: before)
            if let batch { return batch }
        }
        return nil
    }

    /// The queue to serve next: of the models with something to run the one that has used least, of its queues the one with
    /// the oldest task.
    private mutating func nextQueue(at now: UInt64) -> Int? {
        var best: (queue: Int, used: UInt64, arrival: UInt64)?
        for model in waitingModels {
            let used = models[model].virtualTime
            if let best, best.used < used { continue }
            for queue in models[model].waiting {
                guard readyBatches(of: queue, at: now) > 0, let oldest = queues[queue].state.oldest() else { continue }
                if let best, best.used == used, best.arrival <= oldest.arrival { continue }
                best = (queue, used, oldest.arrival)
            }
        }
        return best?.queue
    }

    private mutating func take(
        from queue: Int, at now: UInt64, dropped: inout [DroppedTask<Task>]
    ) -> [WaitingTask<Task>] {
        guard let oldest = queues[queue].state.oldest() else { return [] }
        var group = oldest.group
        if policy == .strict, !isHurrying, !queues[queue].state.hasCompleteBatch(group), !isDue(queue, at: now) {
            guard let complete = queues[queue].state.groupWithCompleteBatch() else { return [] }
            group = complete
        }
        let portion = portion(of: group, queue)
        return queues[queue].state.take(portion, of: group, at: now, dropped: &dropped)
    }

    /// How much to take. Workers that have been asked for and have not begun yet leave each other their share.
    private mutating func portion(of group: Int, _ queue: Int) -> BatchPortion {
        if queues[queue].runsAlone { return .upTo(weight: .max, tasks: 1) }
        if policy == .strict { return .formedBatch }
        let share = (taskCount + claimed) / (claimed + 1)
        guard freeSlots <= 1 else { return .upTo(weight: .max, tasks: share) }
        let waiting = queues[queue].state.weight(ofGroup: group)
        return .upTo(weight: queues[queue].cost.rowsToTake(waiting: waiting), tasks: share)
    }

    private mutating func occupySlot(with tasks: [WaitingTask<Task>], of queue: Int) -> Batch {
        let rows = tasks.reduce(0) { $0 + $1.task.rowCount }
        let model = queues[queue].model
        let charge = queues[queue].cost.estimate(rows: rows)
        occupySlot(model: model, charge: charge)
        return Batch(
            queue: queue, model: model, tasks: tasks, rows: rows, isMeasured: running == slots, charge: charge)
    }

    // MARK: - Ends

    /// Takes the slot of a batch back.
    /// - Parameters:
    ///   - nanoseconds: the computing time.
    ///   - paddedRows: what was computed, with padding.
    ///   - isTypical: whether the run was like others of its size, neither failed nor repeated.
    mutating func finish(_ batch: Batch, nanoseconds: UInt64, paddedRows: Int, isTypical: Bool) {
        releaseSlot(model: batch.model, charge: batch.charge, nanoseconds: nanoseconds)
        guard batch.isMeasured, isTypical else { return }
        queues[batch.queue].cost.record(rows: batch.rows, paddedRows: paddedRows, nanoseconds: nanoseconds)
    }

    // MARK: - Without a worker

    /// Gives a slot to a caller that runs a request of this queue itself, if it would run at once anyway; to be given back
    /// with `endDirect`.
    mutating func beginDirect(_ queue: Int) -> Bool {
        guard freeSlots > 0, !isStopping, queues[queue].state.isEmpty,
            policy == .adaptive || queues[queue].state.limits.timeoutNanoseconds == 0
        else { return false }
        occupySlot(model: queues[queue].model, charge: 0)
        return true
    }

    mutating func endDirect(_ queue: Int, nanoseconds: UInt64) {
        releaseSlot(model: queues[queue].model, charge: 0, nanoseconds: nanoseconds)
    }
}
