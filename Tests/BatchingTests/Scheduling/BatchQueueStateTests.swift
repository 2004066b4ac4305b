import ServingCore
import TestSupport
import Testing

@testable import Batching

struct BatchQueueStateTests {
    /// A part of a request.
    private struct Part: BatchTask, Equatable {
        var rows: Range<Int>
        var deadline = Deadline.never
        var isCancelled = false
        var key = ""
        var rowCount: Int { rows.count }
    }

    private typealias Queue = BatchQueueState<String, Part>

    private func add(
        _ rows: Int, _ key: String = "a", to queue: inout Queue, cancelled: Bool = false, expiring: UInt64 = .max
    ) -> BatchRefusal? {
        do throws(BatchRefusal) {
            try queue.add(rows: rows, key: key, at: 5) { rows in
                Part(rows: rows, deadline: Deadline(Instant(nanoseconds: expiring)), isCancelled: cancelled)
            }
            return nil
        } catch {
            return error
        }
    }

    /// The rows of the tasks of the next batch.
    private func take(
        from queue: inout Queue, _ portion: BatchPortion = .formedBatch, at now: UInt64 = 10
    ) -> (rows: [Int], dropped: [DropReason]) {
        var dropped: [DroppedTask<Part>] = []
        guard let group = queue.oldest()?.group else { return ([], []) }
        let tasks = queue.take(portion, of: group, at: now, dropped: &dropped)
        return (tasks.map { $0.task.rowCount }, dropped.map(\.reason))
    }

    @Test func aTaskThatDoesNotFitClosesTheBatch() {
        var queue = Queue(BatchLimits(batchRows: 4, enqueuedBatches: 3))
        for rows in [2, 1, 3, 1, 1] { #expect(add(rows, to: &queue) == nil) }
        #expect(queue.batches == 3 && queue.completeBatches == 2)
        #expect(take(from: &queue).rows == [2, 1])
        #expect(take(from: &queue).rows == [3, 1])
        #expect(take(from: &queue).rows == [1])
        #expect(queue.isEmpty && queue.batches == 0 && queue.weight == 0)
    }

    @Test func fullQueuesRefuseAsTheReferenceDoes() {
        var queue = Queue(BatchLimits(batchRows: 4, enqueuedBatches: 2))
        for rows in [3, 3] { #expect(add(rows, to: &queue) == nil) }
        #expect(add(2, to: &queue) == .full(batches: 2, limit: 2))
        #expect(add(1, to: &queue) == nil)
        #expect(add(1, to: &queue) == .full(batches: 2, limit: 2))
        #expect(add(5, to: &queue) == .tooLarge(rows: 5, limit: 4))
        _ = take(from: &queue)
        #expect(add(4, to: &queue) == nil)
    }

    @Test func otherKeysAreRefusedOnlyForTheirRows() {
        var queue = Queue(BatchLimits(batchRows: 4, enqueuedBatches: 2))
        for key in 0..<8 { #expect(add(1, "\(key)", to: &queue) == nil) }
        #expect(queue.batches == 8)
        #expect(add(1, "0", to: &queue) == .full(batches: 8, limit: 2))
        #expect(take(from: &queue).rows == [1])
        #expect(add(1, "8", to: &queue) == nil)
        #expect(add(1, "9", to: &queue) == .full(batches: 8, limit: 2))
    }

    @Test func largeRequestsAreSplit() {
        var queue = Queue(BatchLimits(batchRows: 4, requestRows: 100, enqueuedBatches: 3, splits: true))
        #expect(add(3, to: &queue) == nil)
        #expect(add(6, to: &queue) == nil)
        #expect(
            add(5, to: &queue)
                == .noCapacity(rows: 5, capacity: 3, batches: 3, limit: 3, openRows: 1, batchRows: 4))
        #expect(queue.batches == 3)
        #expect(take(from: &queue).rows == [3, 1])
        #expect(take(from: &queue).rows == [4])
        #expect(take(from: &queue).rows == [1])
        #expect(
            add(13, to: &queue)
                == .noCapacity(rows: 13, capacity: 12, batches: 1, limit: 3, openRows: 0, batchRows: 4))
        #expect(add(12, to: &queue) == nil)
        #expect(add(101, to: &queue) == .tooLarge(rows: 101, limit: 100))
    }

    @Test func requestsWithoutRowsRunAlone() {
        var queue = Queue(BatchLimits(batchRows: 4, enqueuedBatches: 1))
        for rows in [1, 0, 0, 1] { #expect(add(rows, to: &queue) == nil) }
        #expect(add(0, to: &queue) == .full(batches: 1, limit: 1))
        #expect(take(from: &queue).rows == [1])
        #expect(take(from: &queue).rows == [0])
        #expect(take(from: &queue, .upTo(weight: 9, tasks: 9)).rows == [0])
        #expect(take(from: &queue).rows == [1])
    }

    @Test func deadTasksAreDroppedOnTheWay() {
        var queue = Queue(BatchLimits(batchRows: 4, enqueuedBatches: 2))
        #expect(add(1, to: &queue, cancelled: true) == nil)
        #expect(add(1, to: &queue) == nil)
        #expect(add(1, to: &queue, expiring: 10) == nil)
        #expect(add(1, to: &queue) == nil)
        #expect(add(1, to: &queue, expiring: 9) == nil)
        let first = take(from: &queue)
        #expect(first.rows == [1, 1] && first.dropped == [.cancelled, .expired])
        let second = take(from: &queue)
        #expect(second.rows == [] && second.dropped == [.expired])
        #expect(queue.isEmpty)
    }

    @Test func sweepingFreesRoomAndKeepsBatches() {
        var queue = Queue(BatchLimits(batchRows: 2, enqueuedBatches: 3))
        for index in 0..<6 { #expect(add(1, to: &queue, cancelled: index < 3) == nil) }
        #expect(add(1, to: &queue) == .full(batches: 3, limit: 3))
        #expect(queue.sweep(at: 20).count == 3)
        #expect(queue.batches == 2 && queue.weight == 3 && queue.completeBatches == 2)
        #expect(add(1, to: &queue) == nil)
        #expect(take(from: &queue).rows == [1])
        #expect(take(from: &queue).rows == [1, 1])
        #expect(take(from: &queue).rows == [1])
    }

    @Test func portionsCrossBatches() {
        var queue = Queue(BatchLimits(batchRows: 4, enqueuedBatches: 5))
        for _ in 0..<10 { #expect(add(1, to: &queue) == nil) }
        #expect(take(from: &queue, .upTo(weight: 3, tasks: 9)).rows == [1, 1, 1])
        #expect(queue.batches == 3 && queue.weight == 7)
        #expect(take(from: &queue, .upTo(weight: 3, tasks: 2)).rows == [1, 1])
        #expect(queue.batches == 2 && queue.weight == 5)
        #expect(take(from: &queue, .upTo(weight: 100, tasks: 100)).rows == [1, 1, 1, 1])
        #expect(queue.batches == 1 && queue.weight == 1)
    }

    @Test func textsNameTheQueue() {
        let identity = BatchQueue.Identity(model: "m", version: 7, signature: "s", outputs: ["y"])
        #expect(
            BatchRefusal.full(batches: 2, limit: 2).status(identity)
                == .unavailable(
                    "The batch scheduling queue to which this task was submitted is full; currently 2 batches enqueued and "
                        + "max_enqueued_batches is 2 (model \"m\" version 7 signature \"s\")"))
        #expect(
            BatchRefusal.noCapacity(rows: 5, capacity: 3, batches: 3, limit: 3, openRows: 1, batchRows: 4)
                .status(identity)
                == .unavailable(
                    "The batch scheduling queue to which this task was submitted is full; task size is 5 but scheduling "
                        + "capacity is only 3 (num_enqueued_batches=3, max_enqueued_batches=3, open_batch_size=1, "
                        + "max_execution_batch_size=4) (model \"m\" version 7 signature \"s\")"))
        #expect(
            BatchRefusal.tooLarge(rows: 5, limit: 4).status(identity)
                == .invalidArgument("Task size 5 is larger than maximum input batch size 4"))
        #expect(
            BatchRefusal.unreachable(leftNanoseconds: 12_345_678, aheadNanoseconds: 40_000_000).status(identity)
                == .resourceExhausted(
                    "Run() timeout would be exceeded while waiting in batching queue: the deadline is in 12.3 ms, but at "
                        + "least 40.0 ms of work are queued before this task (model \"m\" version 7 signature \"s\")"))
    }

    /// Compares the queue with a list of tasks under random arrivals and departures.
    @Test(arguments: 0..<20) func sumsAreRightWhateverHappens(seed: Int) {
        var random = Noise(state: UInt64(seed))
        var queue = Queue(
            BatchLimits(
                batchRows: .random(in: 1...6, using: &random), requestRows: 12, enqueuedBatches: 3,
                splits: seed % 2 == 0))
        var waiting: [(key: String, rows: Int)] = []
        for _ in 0..<2000 {
            if Bool.random(using: &random) {
                let key = "\(Int.random(in: 0..<7, using: &random))"
                let before = queue.taskCount
                let rows = Int.random(in: 0...7, using: &random)
                do throws(BatchRefusal) {
                    try queue.add(rows: rows, key: key, at: 1) { rows in
                        waiting.append((key, rows.count))
                        return Part(rows: rows, key: key)
                    }
                } catch {
                    #expect(queue.taskCount == before)
                }
            } else if let oldest = queue.oldest() {
                let isComplete = Int.random(in: 0..<3, using: &random) == 0
                let group = isComplete ? queue.groupWithCompleteBatch() ?? oldest.group : oldest.group
                let portion: BatchPortion =
                    Bool.random(using: &random)
                    ? .formedBatch : .upTo(weight: .random(in: 1...9, using: &random), tasks: 4)
                var dropped: [DroppedTask<Part>] = []
                let tasks = queue.take(portion, of: group, at: 2, dropped: &dropped)
                #expect(!tasks.isEmpty && (group != oldest.group || tasks[0].task.key == waiting[0].key))
                for task in tasks {
                    let index = waiting.firstIndex { $0.key == task.task.key }
                    #expect(index.map { waiting[$0].rows } == task.task.rowCount, "the order within a key is lost")
                    if let index { waiting.remove(at: index) }
                }
            }
            #expect(queue.taskCount == waiting.count)
            #expect(queue.weight == waiting.reduce(0) { $0 + max(1, $1.rows) })
            #expect(queue.weight <= queue.limits.queueRows)
        }
    }
}
