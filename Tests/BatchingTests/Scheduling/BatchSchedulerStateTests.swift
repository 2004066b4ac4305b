import ServingCore
import TestSupport
import Testing

@testable import Batching

struct BatchSchedulerStateTests {
    private let ms: UInt64 = 1_000_000

    @Test func aLoneRequestNeverWaits() {
        let world = SchedulerWorld(slots: 2, policy: .adaptive)
        let queue = world.queue(
            "m", BatchLimits(batchRows: 64, enqueuedBatches: 4, timeoutNanoseconds: 100 * ms))
        func next(_ left: Int) {
            guard left > 0 else { return }
            world.submit(queue) { next(left - 1) }
        }
        next(100)
        world.run()
        #expect(world.requests.count == 100)
        #expect(world.requests.allSatisfy { $0.began! - $0.arrival <= world.handOver })
    }

    @Test func batchesFormWhileAllSlotsAreBusy() {
        let world = SchedulerWorld(slots: 1, policy: .adaptive)
        let queue = world.queue("m", BatchLimits(batchRows: 64, enqueuedBatches: 4))
        for _ in 0..<10 { world.submit(queue) }
        world.run(until: 1 * ms + 10_000)
        #expect(world.batches.map(\.rows) == [10], "a worker takes what has come until it starts")
        for _ in 0..<7 { world.submit(queue) }
        world.run()
        #expect(world.batches.count > 1 && world.requests.allSatisfy { $0.ended != nil })
    }

    @Test func workersThatStartTogetherShare() {
        let world = SchedulerWorld(slots: 4, policy: .adaptive)
        let queue = world.queue("m", BatchLimits(batchRows: 64, enqueuedBatches: 4))
        for _ in 0..<8 { world.submit(queue) }
        world.run()
        #expect(world.batches.map(\.rows) == [2, 2, 2, 2])
    }

    @Test func strictWaitsForFullOrOldBatches() {
        let world = SchedulerWorld(slots: 2, policy: .strict)
        let queue = world.queue("m", BatchLimits(batchRows: 3, enqueuedBatches: 4, timeoutNanoseconds: 5 * ms))
        let start = world.now
        for _ in 0..<4 { world.submit(queue) }
        world.run()
        #expect(world.batches.map(\.rows) == [3, 1])
        #expect(world.batches.map(\.start) == [start + world.handOver, start + 5 * ms + world.handOver])
    }

    @Test func strictWithoutTimeoutStartsAtOnce() {
        let world = SchedulerWorld(slots: 1, policy: .strict)
        let queue = world.queue("m", BatchLimits(batchRows: 3, enqueuedBatches: 4))
        let start = world.now
        world.submit(queue)
        world.run()
        #expect(world.batches.map(\.start) == [start + world.handOver])
    }

    @Test func otherShapesDoNotDelayFullBatches() {
        let world = SchedulerWorld(slots: 1, policy: .strict)
        let queue = world.queue("m", BatchLimits(batchRows: 2, enqueuedBatches: 4, timeoutNanoseconds: 50 * ms))
        let odd = world.submit(queue, key: 1)
        let full = [world.submit(queue, key: 2), world.submit(queue, key: 2)]
        world.run()
        #expect(full.allSatisfy { $0.began! - $0.arrival == world.handOver })
        #expect(odd.began! - odd.arrival == 50 * ms + world.handOver)
    }

    @Test func whatCannotBeReachedInTimeIsRefusedAtOnce() {
        let world = SchedulerWorld(slots: 1, policy: .adaptive)
        world.cost = { _, rows in UInt64(rows) * 10_000_000 }
        let queue = world.queue("m", BatchLimits(batchRows: 4, enqueuedBatches: 100))
        for _ in 0..<40 { world.submit(queue) }
        world.run()
        for _ in 0..<20 { world.submit(queue) }
        world.run(until: world.now + 1 * ms)
        let hopeless = world.submit(queue, within: 50 * ms)
        guard case .unreachable(let left, let ahead) = hopeless.refusal else {
            Issue.record("\(String(describing: hopeless.refusal))")
            return
        }
        #expect(left == 50 * ms && ahead > 50 * ms)
        let patient = world.submit(queue, within: 5_000 * ms)
        world.run()
        #expect(patient.refusal == nil && patient.drop == nil && patient.ended != nil)
    }

    @Test func deadTasksMakeRoomBeforeAnybodyIsRefused() {
        let world = SchedulerWorld(slots: 1, policy: .adaptive)
        let queue = world.queue("m", BatchLimits(batchRows: 2, enqueuedBatches: 2))
        world.submit(queue)
        world.run(until: world.now + 10_000)
        let waiting = (0..<4).map { _ in world.submit(queue) }
        #expect(world.submit(queue).refusal == .full(batches: 2, limit: 2))
        waiting[0].isCancelled = true
        waiting[3].isCancelled = true
        #expect(world.submit(queue).refusal == nil)
        #expect(waiting.map(\.drop) == [.cancelled, nil, nil, .cancelled])
        world.run()
        #expect(world.requests.allSatisfy { $0.ended != nil || $0.refusal != nil })
    }

    @Test func theModelThatHasUsedLeastGoesFirst() {
        let world = SchedulerWorld(slots: 1, policy: .adaptive)
        world.cost = { _, rows in UInt64(rows) * 1_000_000 }
        let limits = BatchLimits(batchRows: 8, enqueuedBatches: 1000)
        let busy = world.queue("busy", limits)
        let rare = world.queue("rare", limits)
        for _ in 0..<800 { world.submit(busy) }
        for index in 0..<50 { world.after(UInt64(index) * 10 * ms + 1) { world.submit(rare) } }
        world.run()
        let waits = world.requests.filter { $0.queue == rare }.map { $0.began! - $0.arrival }
        #expect(waits.max()! <= 9 * ms, "waited for more than the batch that was running")
    }

    @Test func idleModelsSaveNoCredit() {
        let world = SchedulerWorld(slots: 1, policy: .adaptive)
        let limits = BatchLimits(batchRows: 1, enqueuedBatches: 1000)
        let (a, b) = (world.queue("a", limits), world.queue("b", limits))
        for _ in 0..<100 { world.submit(a) }
        world.run()
        for _ in 0..<100 {
            world.submit(a)
            world.submit(b)
        }
        world.run()
        let order = world.batches.dropFirst(100).prefix(100).map(\.queue)
        #expect((45...55).contains(order.count { $0 == b }), "b was preferred for what it had not used before")
    }

    @Test func directRunsTakeSlots() {
        var state = SchedulerWorld.State(slots: 2, policy: .adaptive)
        let queue = state.addQueue(model: "m", BatchLimits(batchRows: 4, enqueuedBatches: 4))
        let begun = (0..<3).map { _ in state.beginDirect(queue) }
        #expect(begun == [true, true, false])
        let request = SchedulerWorld.Request(0, queue, 0, 1, 0, .never)
        _ = state.submit(rows: 1, key: 0, deadline: .never, to: queue, at: 0) { .init(request: request, rows: $0) }
        let workersBefore = state.claimWorkers(at: 0)
        state.endDirect(queue, nanoseconds: 10)
        let overtakes = state.beginDirect(queue)
        let workersAfter = state.claimWorkers(at: 0)
        #expect(workersBefore == 0 && !overtakes && workersAfter == 1)
    }

    @Test func stoppingLetsEverythingGo() {
        let world = SchedulerWorld(slots: 1, policy: .strict)
        let queue = world.queue(
            "m", BatchLimits(batchRows: 8, enqueuedBatches: 4, timeoutNanoseconds: 1_000_000 * ms))
        let waiting = world.submit(queue)
        world.state.stop()
        let late = world.submit(queue)
        world.run(until: world.now + 10 * ms)
        #expect(waiting.ended != nil && late.refusal == .stopped && world.state.isIdle)
    }

    @Test func queuesAndModelsAreForgotten() {
        var state = SchedulerWorld.State(slots: 1, policy: .adaptive)
        let limits = BatchLimits(batchRows: 4, enqueuedBatches: 4)
        let (a, b) = (state.addQueue(model: "m", limits), state.addQueue(model: "m", limits))
        state.removeQueue(a)
        #expect(state.models.count == 1)
        state.removeQueue(b)
        #expect(state.models.count == 0 && state.queues.count == 0)
    }
}
