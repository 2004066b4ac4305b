import ServingCore
import Synchronization
import TestSupport
import Tensors
import Testing
import Threading

@testable import Batching

/// The scheduler with real threads.
struct BatchSchedulerTests {
    private let identity = BatchQueue.Identity(model: "m", version: 1, signature: "s", outputs: ["y"])

    /// Counts what it is told.
    private final class Counter: BatchObserver {
        let rows = Atomic<Int>(0)
        let running = Atomic<Int>(0)
        let largest = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let turnedAway = Mutex<[TurningAway: Int]>([:])

        func batchBegan(_ queue: BatchQueue, rows: Int, queueNanoseconds: [UInt64]) {
            self.rows.add(rows, ordering: .relaxed)
            largest.max(rows, ordering: .relaxed)
            most.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
        }

        func batchEnded(_ queue: BatchQueue, _ report: BatchReport) { running.subtract(1, ordering: .relaxed) }

        func requestTurnedAway(_ queue: BatchQueue, _ reason: TurningAway) {
            turnedAway.withLock { $0[reason, default: 0] += 1 }
        }
    }

    /// Holds the model's runs until it is opened.
    private final class Gate: Sendable {
        private let lock = ConditionLock((isOpen: false, waiting: 0))

        func open() { lock.withLockNotifyingAll { $0.isOpen = true } }

        func pass() {
            lock.withLockNotifyingAll { $0.waiting += 1 }
            lock.wait { $0.isOpen ? () : nil }
        }

        func awaitWaiting(_ count: Int) { lock.wait { $0.waiting >= count ? () : nil } }
    }

    /// The answers by request, waited for.
    private final class Inbox: Sendable {
        private let lock = ConditionLock<[Int: [Result<BatchAnswer, Status>]]>([:])

        func request(
            _ number: Int, _ values: [Int64], deadline: Deadline = .never, cancellation: CancellationFlag? = nil
        ) throws -> BatchRequest {
            try BatchRequest(inputs: [Tensor(values)], deadline: deadline, cancellation: cancellation) { result in
                self.lock.withLockNotifyingAll { $0[number, default: []].append(result) }
            }
        }

        /// All answers, when there are those of so many requests.
        func all(_ count: Int) -> [Int: [Result<BatchAnswer, Status>]] {
            lock.wait { $0.count >= count ? $0 : nil }
        }

        var count: Int { lock.withLock { $0.count } }
    }

    private static let twice: BatchQueue.Run = { inputs, _, _ throws(Status) in
        let numbers = inputs[0].array(Int64.self)
        if let poison = numbers.first(where: { $0 < 0 }) { throw .invalidArgument("\(poison) is negative") }
        return [Tensor(numbers.map { $0 * 2 }, shape: inputs[0].shape)]
    }

    private func parameters(
        size: Int64 = 8, timeout: Int64 = 0, queued: Int64 = 100_000, splits: Bool = false
    ) -> BatchingParameters {
        var parameters = BatchingParameters()
        parameters.maximumBatchSize = size
        parameters.batchTimeoutMicroseconds = timeout
        parameters.maximumEnqueuedBatches = queued
        parameters.splitsLargeBatches = splits
        if splits {
            parameters.maximumBatchSize = 1000
            parameters.maximumExecutionBatchSize = size
        }
        return parameters
    }

    @Test(arguments: BatchScheduler.Policy.allCases, [false, true])
    func everyRequestIsAnsweredOnceUnderLoad(_ policy: BatchScheduler.Policy, splits: Bool) throws {
        let pool = ThreadPool(name: "compute", threadCount: 3)
        let clients = ThreadPool(name: "client", threadCount: 4)
        let counter = Counter()
        let scheduler = BatchScheduler(threads: pool, limit: 2, policy: policy, observer: counter)
        let queues = (0..<3).map { index in
            scheduler.makeQueue(
                .init(model: "m\(index / 2)", version: 1, signature: "s\(index)", outputs: ["y"]),
                parameters(timeout: 200, splits: splits), run: Self.twice)
        }
        let inbox = Inbox()
        let count = 3000
        for client in 0..<4 {
            clients.submit {
                var random = Noise(state: UInt64(client))
                for number in stride(from: client, to: count, by: 4) {
                    let rows = Int.random(in: 0...(splits ? 30 : 5), using: &random)
                    var values = (0..<rows).map { Int64(number * 100 + $0) }
                    if number % 50 == 7, rows > 0 { values[rows / 2] = -Int64(number) }
                    let request = try? inbox.request(number, values)
                    if let request { queues[number % 3].submit(request) }
                }
            }
        }
        let answers = inbox.all(count)
        scheduler.stop()
        pool.stop()
        clients.stop()
        #expect(answers.count == count && answers.values.allSatisfy { $0.count == 1 })
        for (number, results) in answers {
            switch results[0] {
            case .success(let answer):
                let values = answer.outputs[0].array(Int64.self)
                #expect(values == values.indices.map { Int64(2 * (number * 100 + $0)) })
            case .failure(let status):
                #expect(status == .invalidArgument("\(-number) is negative"))
                #expect(number % 50 == 7)
            }
        }
        #expect(counter.most.load(ordering: .relaxed) <= 2 && counter.largest.load(ordering: .relaxed) <= 8)
    }

    @Test func aBatchFormsWhileTheThreadsAreBusy() throws {
        let pool = ThreadPool(name: "compute", threadCount: 1)
        let scheduler = BatchScheduler(threads: pool, limit: 1)
        let (gate, inbox) = (Gate(), Inbox())
        let queue = scheduler.makeQueue(identity, parameters()) { inputs, deadline, flag throws(Status) in
            gate.pass()
            return try Self.twice(inputs, deadline, flag)
        }
        queue.runner.noteFit(rows: 100)
        queue.submit(try inbox.request(0, [1]))
        gate.awaitWaiting(1)
        for number in 1...6 { queue.submit(try inbox.request(number, [Int64(number)])) }
        gate.open()
        let answers = inbox.all(7)
        #expect(try answers[0]?[0].get().timings.batchSize == 1)
        #expect(try answers[3]?[0].get().timings.batchSize == 6)
        scheduler.stop()
        pool.stop()
    }

    @Test func fullQueuesDeadWorkAndLateCallersAreToldAtOnce() throws {
        let pool = ThreadPool(name: "compute", threadCount: 1)
        let counter = Counter()
        let scheduler = BatchScheduler(threads: pool, limit: 1, observer: counter)
        let (gate, inbox) = (Gate(), Inbox())
        let queue = scheduler.makeQueue(identity, parameters(size: 2, queued: 1)) {
            inputs, deadline, flag throws(Status) in
            gate.pass()
            return try Self.twice(inputs, deadline, flag)
        }
        queue.submit(try inbox.request(0, [1]))
        gate.awaitWaiting(1)
        let flag = CancellationFlag()
        queue.submit(try inbox.request(1, [1], cancellation: flag))
        queue.submit(try inbox.request(2, [1]))
        queue.submit(try inbox.request(3, [1]))
        #expect(inbox.count == 1, "the refusal does not wait")
        flag.cancel()
        queue.submit(try inbox.request(4, [1]))
        queue.submit(try inbox.request(5, [1, 2, 3]))
        queue.submit(try inbox.request(6, [1], deadline: Deadline(Instant(nanoseconds: 1))))
        gate.open()
        let answers = inbox.all(7)
        func code(_ number: Int) -> StatusCode? {
            if case .failure(let status) = answers[number]?[0] { return status.code }
            return nil
        }
        #expect((0..<7).map(code) == [nil, .cancelled, nil, .unavailable, nil, .invalidArgument, .resourceExhausted])
        scheduler.stop()
        pool.stop()
        #expect(
            counter.turnedAway.withLock { $0 } == [.queueFull: 1, .cancelled: 1, .tooLarge: 1, .expired: 1])
    }

    @Test func strictBatchesGoWhenTheyAreDue() throws {
        let pool = ThreadPool(name: "compute", threadCount: 1)
        let scheduler = BatchScheduler(threads: pool, limit: 1, policy: .strict)
        let inbox = Inbox()
        let queue = scheduler.makeQueue(identity, parameters(timeout: 20_000), run: Self.twice)
        for number in 0..<3 { queue.submit(try inbox.request(number, [1])) }
        let answers = inbox.all(3)
        #expect(try answers[0]?[0].get().timings.queueNanoseconds ?? 0 >= 20_000_000)
        scheduler.stop()
        pool.stop()
    }

    @Test func inAHurryNobodyWaitsOutTheTimeOut() throws {
        let pool = ThreadPool(name: "compute", threadCount: 2)
        let scheduler = BatchScheduler(threads: pool, limit: 2, policy: .strict)
        let inbox = Inbox()
        let queue = scheduler.makeQueue(identity, parameters(timeout: 3_600_000_000), run: Self.twice)
        for number in 0..<3 { queue.submit(try inbox.request(number, [1])) }
        scheduler.hurry()
        #expect(inbox.all(3).count == 3)
        queue.submit(try inbox.request(3, [1]))
        #expect(try inbox.all(4)[3]?[0].get().outputs.count == 1, "requests are still taken")
        scheduler.stop()
        pool.stop()
    }

    @Test func stoppingAnswersWhatWasAccepted() throws {
        let pool = ThreadPool(name: "compute", threadCount: 2)
        let scheduler = BatchScheduler(threads: pool, limit: 2, policy: .strict)
        let inbox = Inbox()
        let queue = scheduler.makeQueue(identity, parameters(timeout: 3_600_000_000), run: Self.twice)
        for number in 0..<20 { queue.submit(try inbox.request(number, [1])) }
        scheduler.stop()
        #expect(inbox.count == 20)
        queue.submit(try inbox.request(20, [1]))
        if case .success = inbox.all(21)[20]?[0] { Issue.record("a request was taken after the stop") }
        pool.stop()
    }

    @Test func queuesLiveAsLongAsTheirRequests() throws {
        let pool = ThreadPool(name: "compute", threadCount: 1)
        let scheduler = BatchScheduler(threads: pool, limit: 1)
        let (gate, inbox) = (Gate(), Inbox())
        weak var forgotten: BatchQueue?
        do {
            let queue = scheduler.makeQueue(identity, parameters()) { inputs, deadline, flag throws(Status) in
                gate.pass()
                return try Self.twice(inputs, deadline, flag)
            }
            forgotten = queue
            for number in 0..<5 { queue.submit(try inbox.request(number, [1])) }
        }
        #expect(forgotten != nil)
        gate.open()
        #expect(inbox.all(5).values.allSatisfy { (try? $0[0].get()) != nil })
        scheduler.stop()
        pool.stop()
        #expect(forgotten == nil)
    }

    @Test func tinyRequestsRunOnTheCallersThreadIfNothingWaits() throws {
        let pool = ThreadPool(name: "compute", threadCount: 1)
        let scheduler = BatchScheduler(threads: pool, limit: 1)
        let inbox = Inbox()
        let queue = scheduler.makeQueue(identity, parameters(), run: Self.twice)
        let request = try inbox.request(0, [1])
        let nested = queue.runNow { () -> Int? in
            queue.submit(request)
            return queue.runNow { 1 }
        }
        #expect(nested == .some(nil), "a slot was used twice")
        #expect(inbox.all(1)[0]?.count == 1)
        scheduler.stop()
        #expect(queue.runNow { 1 } == nil)
        pool.stop()
    }

    @Test func workersLetOtherJobsThrough() throws {
        let pool = ThreadPool(name: "compute", threadCount: 1)
        let scheduler = BatchScheduler(threads: pool, limit: 1)
        let (gate, inbox) = (Gate(), Inbox())
        let order = Mutex<[String]>([])
        let queue = scheduler.makeQueue(identity, parameters(size: 1)) { inputs, deadline, flag throws(Status) in
            gate.pass()
            order.withLock { $0.append("batch") }
            return try Self.twice(inputs, deadline, flag)
        }
        for number in 0..<3 { queue.submit(try inbox.request(number, [1])) }
        gate.awaitWaiting(1)
        pool.submit { order.withLock { $0.append("other") } }
        gate.open()
        _ = inbox.all(3)
        scheduler.stop()
        pool.stop()
        #expect(order.withLock { $0 } == ["batch", "other", "batch", "batch"])
    }
}
