import ServingCore
import Testing

@testable import Batching

/// A scheduler with threads that exist only in simulated time. After every event the promises of the scheduler are checked.
final class SchedulerWorld {
    typealias State = BatchSchedulerState<Int, Piece>

    /// A request, or a part of it.
    struct Piece: BatchTask {
        let request: Request
        let rows: Range<Int>
        var rowCount: Int { rows.count }
        var deadline: Deadline { request.deadline }
        var isCancelled: Bool { request.isCancelled }
    }

    final class Request {
        let number: Int
        let queue: Int
        let key: Int
        let rows: Int
        let arrival: UInt64
        let deadline: Deadline
        var isCancelled = false
        /// The rows that were run or dropped so far; they must come in order.
        var doneRows = 0
        var pieces = 0
        var donePieces = 0
        var began: UInt64?
        var ended: UInt64?
        var refusal: BatchRefusal?
        var drop: DropReason?
        /// Called when the request is answered, whatever the answer is.
        var then: (() -> Void)?

        init(_ number: Int, _ queue: Int, _ key: Int, _ rows: Int, _ arrival: UInt64, _ deadline: Deadline) {
            self.number = number
            self.queue = queue
            self.key = key
            self.rows = rows
            self.arrival = arrival
            self.deadline = deadline
        }
    }

    private enum Event {
        case act(() -> Void)
        case worker
        case end(State.Batch)
        case look
    }

    var state: State
    private(set) var now: UInt64 = 1_000_000
    /// What a batch of a queue takes, nanoseconds.
    var cost: (_ queue: Int, _ rows: Int) -> UInt64 = { _, _ in 1_000_000 }
    /// From asking for a worker to its start, nanoseconds.
    var handOver: UInt64 = 5_000
    /// Whether a worker that has finished asks for a new one instead of going on.
    var yields: () -> Bool = { false }
    private var lastLook: UInt64?
    private(set) var requests: [Request] = []
    private(set) var batches: [(queue: Int, rows: Int, tasks: Int, start: UInt64)] = []
    private var events = EventHeap<Event>()

    init(slots: Int, policy: BatchScheduler.Policy) { state = State(slots: slots, policy: policy) }

    // MARK: - Scenario

    func queue(_ model: String, _ limits: BatchLimits) -> Int { state.addQueue(model: model, limits) }

    func at(_ time: UInt64, _ act: @escaping () -> Void) { push(max(time, now), .act(act)) }

    func after(_ delay: UInt64, _ act: @escaping () -> Void) { push(now + delay, .act(act)) }

    /// Lets a request arrive now.
    @discardableResult
    func submit(
        _ queue: Int, rows: Int = 1, key: Int = 0, within: UInt64? = nil, then: (() -> Void)? = nil
    ) -> Request {
        let deadline = within.map { Deadline(Instant(nanoseconds: now + $0)) } ?? .never
        let request = Request(requests.count, queue, key, rows, now, deadline)
        request.then = then
        requests.append(request)
        let submission = state.submit(rows: rows, key: key, deadline: deadline, to: queue, at: now) { rows in
            request.pieces += 1
            return Piece(request: request, rows: rows)
        }
        for dropped in submission.dropped { drop(dropped) }
        if let refusal = submission.refusal {
            #expect(request.pieces == 0, "a request was refused and queued")
            request.refusal = refusal
            request.then?()
        }
        settle()
        return request
    }

    func run(until end: UInt64 = .max) {
        while let next = events.first, next.time <= end {
            events.removeFirst()
            now = max(now, next.time)
            handle(next.event)
            settle()
        }
        if end < .max { now = max(now, end) }
    }

    // MARK: - Machine

    private func push(_ time: UInt64, _ event: Event) { events.add(event, at: time) }

    private func handle(_ event: Event) {
        switch event {
        case .act(let act): act()
        case .worker:
            var dropped: [DroppedTask<Piece>] = []
            start(state.begin(at: now, dropped: &dropped), dropped)
        case .end(let batch): end(batch)
        case .look: break
        }
    }

    private func start(_ batch: State.Batch?, _ dropped: [DroppedTask<Piece>]) {
        for task in dropped { drop(task) }
        guard let batch else { return }
        check(batch)
        for task in batch.tasks where task.task.request.began == nil { task.task.request.began = now }
        batches.append((batch.queue, batch.rows, batch.tasks.count, now))
        push(now + cost(batch.queue, batch.rows), .end(batch))
    }

    private func end(_ batch: State.Batch) {
        state.finish(batch, nanoseconds: cost(batch.queue, batch.rows), paddedRows: batch.rows, isTypical: true)
        for task in batch.tasks { complete(task.task) }
        if yields() { return }
        var dropped: [DroppedTask<Piece>] = []
        start(state.proceed(at: now, dropped: &dropped), dropped)
    }

    private func drop(_ dropped: DroppedTask<Piece>) {
        #expect(dropped.task.reasonToDrop(at: now) == dropped.reason)
        dropped.task.request.drop = dropped.reason
        complete(dropped.task)
    }

    private func complete(_ piece: Piece) {
        let request = piece.request
        request.doneRows += piece.rows.count
        request.donePieces += 1
        #expect(request.donePieces <= request.pieces && request.doneRows <= request.rows, "answered twice")
        guard request.donePieces == request.pieces else { return }
        #expect(request.ended == nil && request.doneRows == request.rows)
        request.ended = now
        request.then?()
    }

    private func settle() {
        for _ in 0..<state.claimWorkers(at: now) { push(now + handOver, .worker) }
        checkState()
        if let look = state.nextLook(at: now), look != lastLook {
            lastLook = look
            push(look, .look)
        }
    }

    // MARK: - Promises

    /// Fast as long as it is kept.
    private func promise(_ isKept: Bool, _ text: String = "", line: Int = #line) {
        if !isKept { Issue.record("\(text) (line \(line) of the world, at \(now))") }
    }

    private func check(_ batch: State.Batch) {
        let limits = state.queues[batch.queue].state.limits
        let keys = Set(batch.tasks.map { $0.task.request.key })
        promise(keys.count == 1, "keys are mixed")
        promise(batch.tasks.allSatisfy { $0.task.request.queue == batch.queue }, "queues are mixed")
        promise(batch.rows <= limits.batchRows, "too large a batch")
        if batch.tasks.count > 1 { promise(batch.tasks.allSatisfy { $0.task.rowCount > 0 }) }
        for task in batch.tasks {
            promise(task.task.reasonToDrop(at: now) == nil, "dead work is run")
            lastSequence.merge([Line(queue: batch.queue, key: keys.first!): task.sequence]) { last, next in
                promise(last < next, "the order within a key is lost")
                return next
            }
        }
    }

    private struct Line: Hashable {
        let queue: Int
        let key: Int
    }
    private var lastSequence: [Line: UInt64] = [:]

    private func checkState() {
        promise(state.running + state.claimed <= state.slots, "more runs than slots")
        var tasks = 0
        for model in state.waitingModels {
            for number in state.models[model].waiting {
                tasks += state.queues[number].state.taskCount
                check(state.queues[number].state)
            }
        }
        promise(tasks == state.taskCount, "a queue with tasks is not listed")
    }

    private func check(_ queue: BatchQueueState<Int, Piece>) {
        var queue = queue
        promise(queue.weight <= queue.limits.queueRows, "too many rows wait")
        guard state.freeSlots > 0, let oldest = queue.oldest() else { return }
        let timeout = queue.limits.timeoutNanoseconds
        if state.policy == .strict {
            promise(state.claimed >= queue.completeBatches, "a full batch waits for nothing")
            promise(state.claimed > 0 || oldest.arrival + timeout > now, "a batch waits for too long")
        } else if state.claimed < state.taskCount {
            let mayWait = state.freeSlots == 1 && state.running > 0 && state.claimed == 0
            promise(mayWait && oldest.arrival + timeout > now, "a slot is idle while work waits")
        }
    }
}
