import ServingCore

/// Many queues that share a number of slots, in each of which one batch runs: which queue is next, with how much, and when to look
/// again if nothing may run yet.
///
/// A pure state machine: times are given, nanoseconds. The caller has workers: after every change it asks `claimWorkers` how many
/// more to start; a worker that has started asks `begin` for its batch, and when that is done `finish` and then `proceed`.
struct BatchSchedulerState<Key: Hashable, Task: BatchTask> {
    /// A batch on its way through a slot.
    struct Batch {
        let queue: Int
        let model: Int
        let tasks: [WaitingTask<Task>]
        /// Of the tasks, without padding.
        let rows: Int
        /// Whether the run says what batches cost, because all slots are busy.
        let isMeasured: Bool
        /// What was put on the model's account in advance, nanoseconds.
        let charge: UInt64
    }

    struct Queue {
        var state: BatchQueueState<Key, Task>
        let model: Int
        var cost: BatchCostModel
        var hold = HoldRule()
        /// Whether every request is a batch by itself.
        var runsAlone = false
    }

    /// What the queues of one model have used.
    struct Model {
        let name: String
        var queues = 0
        /// Its queues in which tasks wait.
        var waiting: [Int] = []
        var running = 0
        /// Computing time used, nanoseconds, and what it would have used had it not been idle.
        var virtualTime: UInt64 = 0

        var isIdle: Bool { waiting.isEmpty && running == 0 }
    }

    let slots: Int
    let policy: BatchScheduler.Policy
    var queues = Slab<Queue>()
    private(set) var models = Slab<Model>()
    private var modelOfName: [String: Int] = [:]
    /// The models with tasks that wait.
    private(set) var waitingModels: [Int] = []
    /// Workers that were asked for and have not begun.
    private(set) var claimed = 0
    /// Slots in which something runs.
    private(set) var running = 0
    /// Tasks in all queues.
    private(set) var taskCount = 0
    /// The virtual time of the model that was served last; who was idle starts from here.
    private var virtualTime: UInt64 = 0
    /// Whether no more requests are taken.
    private(set) var isStopping = false
    /// Whether what waits goes as soon as a slot is free.
    private(set) var isHurrying = false

    init(slots: Int, policy: BatchScheduler.Policy) {
        self.slots = max(1, slots)
        self.policy = policy
    }

    var freeSlots: Int { max(0, slots - running - claimed) }

    /// Whether nothing waits or runs.
    var isIdle: Bool { taskCount == 0 && running == 0 && claimed == 0 }

    /// What waits, by model; models of which nothing waits are left out.
    var waiting: [BatchScheduler.Waiting] {
        waitingModels.map { number in
            let model = models[number]
            return model.waiting.reduce(into: BatchScheduler.Waiting(model: model.name, requests: 0, rows: 0)) {
                $0.requests += queues[$1].state.taskCount
                $0.rows += queues[$1].state.weight
            }
        }
    }

    mutating func stop() {
        isStopping = true
        isHurrying = true
    }

    /// Lets no batch wait for others any more.
    mutating func hurry() { isHurrying = true }

    // MARK: - Queues

    mutating func addQueue(model name: String, _ limits: BatchLimits, runsAlone: Bool = false) -> Int {
        let model = modelOfName[name] ?? models.insert(Model(name: name))
        modelOfName[name] = model
        models[model].queues += 1
        return queues.insert(
            Queue(
                state: BatchQueueState(limits), model: model,
                cost: BatchCostModel(batchRows: limits.batchRows, allowedSizes: limits.allowedBatchRows),
                runsAlone: runsAlone))
    }

    /// Forgets a queue, in which nothing waits or runs.
    mutating func removeQueue(_ queue: Int) {
        let model = queues.remove(at: queue).model
        models[model].queues -= 1
        guard models[model].queues == 0 else { return }
        modelOfName[models.remove(at: model).name] = nil
    }

    /// Keeps the lists of who waits right; to be called after each change of a queue.
    mutating func noteTasks(of queue: Int, before: Int) {
        let now = queues[queue].state.taskCount
        taskCount += now - before
        let model = queues[queue].model
        if before == 0, now > 0 {
            if models[model].isIdle { models[model].virtualTime = max(models[model].virtualTime, virtualTime) }
            if models[model].waiting.isEmpty { waitingModels.append(model) }
            models[model].waiting.append(queue)
        } else if before > 0, now == 0 {
            models[model].waiting.removeAll { $0 == queue }
            if models[model].waiting.isEmpty { waitingModels.removeAll { $0 == model } }
        }
    }

    // MARK: - Accounts

    /// Gives a model a slot and puts the expected time on its account.
    mutating func occupySlot(model: Int, charge: UInt64) {
        running += 1
        if models[model].isIdle { models[model].virtualTime = max(models[model].virtualTime, virtualTime) }
        models[model].running += 1
        virtualTime = max(virtualTime, models[model].virtualTime)
        models[model].virtualTime &+= charge
    }

    /// Takes the slot back and corrects the account.
    mutating func releaseSlot(model: Int, charge: UInt64, nanoseconds: UInt64) {
        running -= 1
        models[model].running -= 1
        let used = models[model].virtualTime
        models[model].virtualTime = (used > charge ? used - charge : 0) &+ nanoseconds
    }

    mutating func addClaims(_ count: Int) { claimed += count }

    mutating func dropClaim() { claimed -= 1 }
}
