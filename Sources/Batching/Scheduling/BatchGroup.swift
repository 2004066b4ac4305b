/// The tasks of a queue that may share a batch, divided into batches as they come.
///
/// Only the last batch is open: tasks join it until one does not fit, which closes it and opens the next.
struct BatchGroup<Key: Hashable, Task: BatchTask> {
    let key: Key
    private(set) var tasks = Ring<WaitingTask<Task>>()
    /// Batches that are not empty.
    private(set) var batches = 0
    /// Of all tasks.
    private(set) var weight = 0
    /// Of the tasks in the open batch.
    private(set) var openWeight = 0

    init(_ key: Key) { self.key = key }

    /// What still fits into the open batch.
    func room(_ limits: BatchLimits) -> Int { batches > 0 ? max(0, limits.batchRows - openWeight) : limits.batchRows }

    /// Batches that nothing can be added to.
    func completeBatches(_ limits: BatchLimits) -> Int {
        batches > 0 && openWeight < limits.batchRows ? batches - 1 : batches
    }

    mutating func append(_ task: Task, weight: Int, arrival: UInt64, sequence: UInt64, _ limits: BatchLimits) {
        let opens = batches == 0 || weight > room(limits)
        if opens {
            batches += 1
            openWeight = 0
        }
        openWeight += weight
        self.weight += weight
        tasks.append(
            WaitingTask(task: task, weight: weight, arrival: arrival, sequence: sequence, opensBatch: opens))
    }

    mutating func popFirst() -> WaitingTask<Task>? {
        guard let task = tasks.popFirst() else { return nil }
        weight -= task.weight
        if batches == 1 { openWeight -= task.weight }
        if tasks.first?.opensBatch ?? true { batches -= 1 }
        return task
    }

    /// Takes out the tasks that need not be run. The others stay in their batches.
    mutating func removeDead(at now: UInt64) -> [DroppedTask<Task>] {
        var dropped: [DroppedTask<Task>] = []
        var kept = BatchGroup(key)
        var opens = true
        while var task = tasks.popFirst() {
            opens = opens || task.opensBatch
            if let reason = task.task.reasonToDrop(at: now) {
                dropped.append(DroppedTask(task: task.task, reason: reason, arrival: task.arrival))
                continue
            }
            task.opensBatch = opens
            opens = false
            kept.keep(task)
        }
        self = kept
        return dropped
    }

    private mutating func keep(_ task: WaitingTask<Task>) {
        if task.opensBatch {
            batches += 1
            openWeight = 0
        }
        openWeight += task.weight
        weight += task.weight
        tasks.append(task)
    }
}
