import ServingCore
import TestSupport
import Testing

@testable import Batching

/// Random requests to random queues; `SchedulerWorld` checks the promises after every event.
struct SchedulerPropertyTests {
    private let ms: UInt64 = 1_000_000

    private func limits(_ random: inout Noise) -> BatchLimits {
        let splits = Bool.random(using: &random)
        let rows = Int.random(in: 1...12, using: &random)
        let timeout: UInt64 = Bool.random(using: &random) ? 0 : .random(in: 1...20_000_000, using: &random)
        return BatchLimits(
            batchRows: rows, requestRows: splits ? rows * 4 : rows, enqueuedBatches: .random(in: 1...6, using: &random),
            timeoutNanoseconds: timeout, splits: splits,
            allowedBatchRows: Int.random(in: 0..<4, using: &random) == 0 ? [max(1, rows / 2), rows] : [])
    }

    private func arrivals(_ world: SchedulerWorld, _ queues: [Int], _ random: inout Noise) {
        var time = world.now
        // Rushes and lulls.
        var gap: UInt64 = 1_000_000
        for index in 0..<600 {
            if index % 100 == 0 { gap = [20_000, 200_000, 1_000_000, 5_000_000].randomElement(using: &random)! }
            time += .random(in: 0...gap, using: &random)
            let queue = queues.randomElement(using: &random)!
            let rows = Int.random(in: 0...14, using: &random)
            let key = Int.random(in: 0..<3, using: &random)
            let within: UInt64? = Bool.random(using: &random) ? nil : .random(in: 1...40_000_000, using: &random)
            let cancelsAfter: UInt64? =
                Int.random(in: 0..<5, using: &random) == 0 ? .random(in: 0...10_000_000, using: &random) : nil
            world.at(time) {
                let request = world.submit(queue, rows: rows, key: key, within: within)
                if let cancelsAfter { world.after(cancelsAfter) { request.isCancelled = true } }
            }
        }
    }

    @Test(arguments: BatchScheduler.Policy.allCases, 0..<12)
    func everyRequestIsAnsweredOnce(_ policy: BatchScheduler.Policy, seed: Int) {
        var random = Noise(state: UInt64(seed))
        let world = SchedulerWorld(slots: .random(in: 1...4, using: &random), policy: policy)
        let queues = (0..<Int.random(in: 1...5, using: &random)).map { index in
            world.queue("m\(index / 2)", limits(&random))
        }
        let fixed = UInt64.random(in: 0...2_000_000, using: &random)
        let perRow = UInt64.random(in: 1_000...500_000, using: &random)
        var noise = Noise(state: UInt64(seed) + 1000)
        world.cost = { _, rows in fixed + perRow * UInt64(max(1, rows)) }
        world.yields = { Int.random(in: 0..<3, using: &noise) == 0 }
        world.handOver = .random(in: 0...50_000, using: &random)
        arrivals(world, queues, &random)
        world.run()
        #expect(world.requests.count == 600 && world.state.isIdle)
        for request in world.requests {
            let isAnswered = (request.ended != nil) != (request.refusal != nil)
            #expect(isAnswered && request.donePieces == request.pieces)
            if request.drop == .expired { #expect(request.deadline.instant.nanoseconds <= request.ended!) }
            if case .full(let batches, let limit) = request.refusal { #expect(batches >= limit) }
        }
        #expect(world.requests.contains { $0.ended != nil && $0.drop == nil })
    }

    /// Whoever keeps within the limits is served, whatever others ask for.
    @Test(arguments: BatchScheduler.Policy.allCases, 0..<5)
    func nobodyStarves(_ policy: BatchScheduler.Policy, seed: Int) {
        var random = Noise(state: UInt64(seed))
        let world = SchedulerWorld(slots: .random(in: 1...2, using: &random), policy: policy)
        let greedy = (0..<6).map { index in
            world.queue("greedy\(index / 2)", BatchLimits(batchRows: 16, enqueuedBatches: 3))
        }
        let limits = BatchLimits(
            batchRows: 16, enqueuedBatches: 3, timeoutNanoseconds: policy == .strict ? 2_000_000 : 0)
        let modest = world.queue("modest", limits)
        let neighbour = world.queue("greedy0", limits)
        world.cost = { _, rows in 1_000_000 + UInt64(rows) * 100_000 }
        for queue in greedy {
            for key in 0..<2 {
                for index in 0..<700 {
                    world.at(world.now + UInt64(index) * 400_000) { world.submit(queue, key: key) }
                }
            }
        }
        for index in 0..<40 {
            world.at(world.now + UInt64(index) * 7 * ms) {
                world.submit(modest)
                world.submit(neighbour)
            }
        }
        world.run()
        let longest = 16 * 100_000 + 1_000_000 as UInt64
        for request in world.requests where request.queue == modest {
            #expect(request.began! - request.arrival <= 2 * longest + limits.timeoutNanoseconds + 100_000)
        }
        // A neighbour's queue waits behind those before it, but each of them only once.
        for request in world.requests where request.queue == neighbour {
            #expect(request.began! - request.arrival <= 60 * longest)
        }
    }

    @Test func waitingForOthersPaysOrEnds() {
        let world = SchedulerWorld(slots: 2, policy: .adaptive)
        let fixed: UInt64 = 4_000_000
        let queue = world.queue(
            "m", BatchLimits(batchRows: 64, enqueuedBatches: 100, timeoutNanoseconds: 100 * ms))
        world.cost = { _, rows in fixed + UInt64(rows) * 10_000 }
        var random = Noise(state: 7)
        var time = world.now
        for _ in 0..<6000 {
            time += .random(in: 0...600_000, using: &random)
            world.at(time) { world.submit(queue, rows: .random(in: 1...3, using: &random)) }
        }
        world.run()
        #expect(world.requests.allSatisfy { $0.ended != nil })
        let heldTooLong = world.requests.filter { $0.began! - $0.arrival > 2 * fixed + 64 * 10_000 + world.handOver }
        #expect(heldTooLong.isEmpty)
    }

    @Test func holdsEndWhenNobodyComes() {
        var rule = HoldRule()
        for index in 0..<20 { rule.noteArrival(at: UInt64(index) * 1_000) }
        let end = rule.end(weight: 1, oldest: 19_000, fixed: 50_000, timeout: 20_000, at: 19_000)
        #expect(end == 39_000)
        rule.noteHeld(tasks: 1)
        rule.noteTaken(tasks: 1)
        #expect(rule.end(weight: 1, oldest: 19_000, fixed: 50_000, timeout: 20_000, at: 19_000) == nil)
        for index in 20..<28 { rule.noteArrival(at: UInt64(index) * 1_000) }
        #expect(rule.end(weight: 1, oldest: 27_000, fixed: 50_000, timeout: 90_000, at: 27_000) == 77_000)
        #expect(rule.end(weight: 100, oldest: 27_000, fixed: 50_000, timeout: 90_000, at: 27_000) == nil)
    }
}
