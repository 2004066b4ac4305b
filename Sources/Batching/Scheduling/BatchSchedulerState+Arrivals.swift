import ServingCore

extension BatchSchedulerState {
    /// What became of a request that was submitted.
    struct Submission {
        /// Why it was not taken; nil if it was.
        var refusal: BatchRefusal?
        /// Tasks of the queue, perhaps of others' requests, that left it unrun.
        var dropped: [DroppedTask<Task>] = []
    }

    /// Takes a request into a queue.
    /// - Parameters:
    ///   - rows: of the request.
    ///   - key: what it has in common with requests that may share its batch.
    ///   - deadline: when its caller stops waiting.
    ///   - make: a task for these rows of the request.
    mutating func submit(
        rows: Int, key: Key, deadline: Deadline, to queue: Int, at now: UInt64, _ make: (Range<Int>) -> Task
    ) -> Submission {
        if isStopping { return Submission(refusal: .stopped) }
        if deadline.hasPassed(at: Instant(nanoseconds: now)) { return Submission(refusal: .dropped(.expired)) }
        queues[queue].hold.noteArrival(at: now)
        let before = queues[queue].state.taskCount
        defer { noteTasks(of: queue, before: before) }
        var submission = Submission()
        submission.refusal = trySubmit(rows, key, deadline, queue, now, make)
        guard submission.refusal?.mayBeDeadTasks == true else { return submission }
        submission.dropped = queues[queue].state.sweep(at: now)
        if !submission.dropped.isEmpty { submission.refusal = trySubmit(rows, key, deadline, queue, now, make) }
        return submission
    }

    private mutating func trySubmit(
        _ rows: Int, _ key: Key, _ deadline: Deadline, _ queue: Int, _ now: UInt64, _ make: (Range<Int>) -> Task
    ) -> BatchRefusal? {
        if let ahead = unreachable(deadline, queue, now) { return ahead }
        do throws(BatchRefusal) {
            try queues[queue].state.add(rows: rows, key: key, splits: !queues[queue].runsAlone, at: now, make)
            return nil
        } catch {
            return error
        }
    }

    /// The refusal of a request that could not begin before its deadline even if all slots worked for this queue at its best
    /// speed.
    private func unreachable(_ deadline: Deadline, _ queue: Int, _ now: UInt64) -> BatchRefusal? {
        let waiting = queues[queue].state.weight
        guard !deadline.isNever, waiting > 0,
            let ahead = queues[queue].cost.leastNanoseconds(forRows: waiting, slots: slots)
        else { return nil }
        let left = deadline.instant.nanoseconds(since: Instant(nanoseconds: now))
        return ahead > left ? .unreachable(leftNanoseconds: left, aheadNanoseconds: ahead) : nil
    }
}

extension BatchRefusal {
    /// Whether the reason may be tasks that nobody waits for any more.
    fileprivate var mayBeDeadTasks: Bool {
        switch self {
        case .full, .noCapacity, .unreachable: true
        case .tooLarge, .dropped, .stopped: false
        }
    }
}
