import ServingCore

/// The tasks that wait in one queue: which batches they form, how many there may be, and which is next.
///
/// A pure state machine: times are given, nanoseconds. Tasks with equal keys may share a batch; they leave in the order in
/// which they came, as far as their keys are equal.
struct BatchQueueState<Key: Hashable, Task: BatchTask> {
    let limits: BatchLimits
    private var groups = Slab<BatchGroup<Key, Task>>()
    private var groupOfKey: [Key: Int] = [:]
    /// All tasks in the order of their arrival; entries of tasks that have left are skipped when they come to the front.
    private var order = Ring<Place>()
    /// The groups with complete batches, one entry for each such batch; entries may be stale, too.
    private var complete = Ring<Int>()
    private var nextSequence: UInt64 = 0

    private(set) var taskCount = 0
    private(set) var batches = 0
    /// Batches that nothing can be added to.
    private(set) var completeBatches = 0
    /// Of all tasks; those without rows count as 1.
    private(set) var weight = 0

    private var nextSweep: UInt64 = 0
    private var refusalsSinceSweep = 0

    private struct Place {
        let sequence: UInt64
        let group: Int
    }

    init(_ limits: BatchLimits) { self.limits = limits }

    var isEmpty: Bool { taskCount == 0 }

    /// The oldest task's arrival and place; nil if none waits.
    mutating func oldest() -> (arrival: UInt64, sequence: UInt64, group: Int)? {
        while let place = order.first {
            if groups.contains(place.group), let task = groups[place.group].tasks.first,
                task.sequence == place.sequence
            {
                return (task.arrival, task.sequence, place.group)
            }
            _ = order.popFirst()
        }
        return nil
    }

    /// A group that has a batch to which nothing can be added.
    mutating func groupWithCompleteBatch() -> Int? {
        while let group = complete.first {
            if groups.contains(group), groups[group].completeBatches(limits) > 0 { return group }
            _ = complete.popFirst()
        }
        return nil
    }

    func weight(ofGroup group: Int) -> Int { groups[group].weight }

    func taskCount(ofGroup group: Int) -> Int { groups[group].tasks.count }

    func hasCompleteBatch(_ group: Int) -> Bool { groups[group].completeBatches(limits) > 0 }

    // MARK: - Arrivals

    /// Takes a request into the queue, in as many tasks as it has to be divided into.
    /// - Parameters:
    ///   - splits: whether it may be divided, if the limits say so, too.
    ///   - make: a task for these rows of the request.
    /// - Throws: why it can't be taken; then nothing has been.
    mutating func add(
        rows: Int, key: Key, splits: Bool = true, at now: UInt64, _ make: (Range<Int>) -> Task
    ) throws(BatchRefusal) {
        guard rows <= limits.requestRows else { throw .tooLarge(rows: rows, limit: limits.requestRows) }
        let known = groupOfKey[key]
        let first = try splits && limits.splits ? roomForParts(rows, known) : roomForWhole(rows, known)
        let group = known ?? addGroup(key)
        var start = 0
        var end = first
        repeat {
            append(make(start..<end), rows: end - start, to: group, at: now)
            start = end
            end = min(rows, end + limits.batchRows)
        } while start < rows
    }

    /// The rows of the one task that the request becomes.
    private func roomForWhole(_ rows: Int, _ group: Int?) throws(BatchRefusal) -> Int {
        let weight = max(1, rows)
        if let group, groups[group].batches >= limits.enqueuedBatches, weight > groups[group].room(limits) {
            throw .full(batches: groups[group].batches, limit: limits.enqueuedBatches)
        }
        guard weight <= limits.queueRows - self.weight else {
            throw .full(batches: batches, limit: limits.enqueuedBatches)
        }
        return rows
    }

    /// The rows of the first task that the request becomes; the others have as many as fit into a batch.
    private func roomForParts(_ rows: Int, _ group: Int?) throws(BatchRefusal) -> Int {
        let batches = group.map { max(1, groups[$0].batches) } ?? 1
        let room = group.map { groups[$0].room(limits) } ?? limits.batchRows
        let (more, overflow) = max(0, limits.enqueuedBatches - batches).multipliedReportingOverflow(
            by: limits.batchRows)
        let (capacity, overflowToo) = more.addingReportingOverflow(room)
        let allowed = min(overflow || overflowToo ? .max : capacity, limits.queueRows - weight)
        guard max(1, rows) <= allowed else {
            throw .noCapacity(
                rows: rows, capacity: max(0, allowed), batches: batches, limit: limits.enqueuedBatches,
                openRows: limits.batchRows - room, batchRows: limits.batchRows)
        }
        return room > 0 ? min(rows, room) : min(rows, limits.batchRows)
    }

    private mutating func addGroup(_ key: Key) -> Int {
        let group = groups.insert(BatchGroup(key))
        groupOfKey[key] = group
        return group
    }

    private mutating func append(_ task: Task, rows: Int, to group: Int, at now: UInt64) {
        let sequence = nextSequence
        nextSequence += 1
        change(group) { group, limits in
            group.append(task, weight: max(1, rows), arrival: now, sequence: sequence, limits)
        }
        order.append(Place(sequence: sequence, group: group))
    }

    // MARK: - Changes

    /// So many groups are kept for the next request of their kind when they are empty.
    private static var keptGroups: Int { 4 }

    /// Changes a group and keeps the sums over all groups right.
    private mutating func change<R>(_ group: Int, _ body: (inout BatchGroup<Key, Task>, BatchLimits) -> R) -> R {
        let completeBefore = groups[group].completeBatches(limits)
        taskCount -= groups[group].tasks.count
        batches -= groups[group].batches
        weight -= groups[group].weight
        let result = body(&groups[group], limits)
        taskCount += groups[group].tasks.count
        batches += groups[group].batches
        weight += groups[group].weight
        let completeNow = groups[group].completeBatches(limits)
        completeBatches += completeNow - completeBefore
        for _ in 0..<max(0, completeNow - completeBefore) { complete.append(group) }
        if groups[group].tasks.isEmpty, groups.count > Self.keptGroups {
            groupOfKey[groups.remove(at: group).key] = nil
        }
        dropStalePlaces()
        return result
    }

    /// Keeps the lists with stale entries from growing much larger than the queue. Tasks leave from the fronts of their groups,
    /// so an entry of `order` is stale if it is older than that.
    private mutating func dropStalePlaces() {
        if order.count > 64, order.count > 2 * taskCount {
            var kept = Ring<Place>()
            while let place = order.popFirst() {
                guard groups.contains(place.group), let first = groups[place.group].tasks.first,
                    place.sequence >= first.sequence
                else { continue }
                kept.append(place)
            }
            order = kept
        }
        if complete.count > 64, complete.count > 2 * completeBatches {
            var kept = Ring<Int>()
            var remaining: [Int: Int] = [:]
            while let group = complete.popFirst() {
                guard groups.contains(group) else { continue }
                let left = remaining[group] ?? groups[group].completeBatches(limits)
                remaining[group] = left - 1
                if left > 0 { kept.append(group) }
            }
            complete = kept
        }
    }
}

// MARK: - Departures

/// How much of what waits is taken for one batch.
enum BatchPortion: Sendable, Hashable {
    /// The oldest batch of a group, as it was formed.
    case formedBatch
    /// The oldest tasks of a group, at least one: no more than so many, of no more weight.
    case upTo(weight: Int, tasks: Int)
}

extension BatchQueueState {
    /// Takes the tasks of the next batch out of a group. Those that need not be run any more are dropped on the way; perhaps no
    /// other is left.
    mutating func take(
        _ portion: BatchPortion, of group: Int, at now: UInt64, dropped: inout [DroppedTask<Task>]
    ) -> [WaitingTask<Task>] {
        change(group) { group, limits in
            var batch: [WaitingTask<Task>] = []
            var weight = 0
            var isFirst = true
            while let next = group.tasks.first {
                if portion == .formedBatch, !isFirst, next.opensBatch { break }
                if let reason = next.task.reasonToDrop(at: now) {
                    dropped.append(DroppedTask(task: next.task, reason: reason, arrival: next.arrival))
                } else {
                    guard batch.isEmpty || Self.joins(next, batch, weight, portion, limits) else { break }
                    weight += next.weight
                    batch.append(next)
                }
                _ = group.popFirst()
                isFirst = false
            }
            return batch
        }
    }

    /// Whether a task goes into the same batch as those before it. Tasks without rows run alone, because nothing in a batch would
    /// be theirs.
    private static func joins(
        _ next: WaitingTask<Task>, _ batch: [WaitingTask<Task>], _ weight: Int, _ portion: BatchPortion,
        _ limits: BatchLimits
    ) -> Bool {
        guard next.task.rowCount > 0, batch[0].task.rowCount > 0 else { return false }
        switch portion {
        case .formedBatch: return true
        case .upTo(let most, let tasks):
            return batch.count < tasks && next.weight <= min(most, limits.batchRows) - weight
        }
    }

    /// Drops all tasks that need not be run any more, unless that has been done a moment ago: a queue of many tasks is not looked
    /// through for each of many refusals.
    mutating func sweep(at now: UInt64) -> [DroppedTask<Task>] {
        refusalsSinceSweep += 1
        guard now >= nextSweep || refusalsSinceSweep >= taskCount / 64 else { return [] }
        refusalsSinceSweep = 0
        nextSweep = now &+ 1_000_000
        var dropped: [DroppedTask<Task>] = []
        for group in Array(groupOfKey.values) { dropped += change(group) { group, _ in group.removeDead(at: now) } }
        if !dropped.isEmpty { listPlaces() }
        return dropped
    }

    /// Makes `order` anew, because tasks have left from between others.
    private mutating func listPlaces() {
        var places: [Place] = []
        places.reserveCapacity(taskCount)
        for group in groupOfKey.values {
            let tasks = groups[group].tasks
            for index in 0..<tasks.count { places.append(Place(sequence: tasks[index].sequence, group: group)) }
        }
        places.sort { $0.sequence < $1.sequence }
        order = Ring()
        for place in places { order.append(place) }
    }
}
