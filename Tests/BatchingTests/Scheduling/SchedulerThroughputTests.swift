import ServingCore
import TestSupport
import Testing

@testable import Batching

/// Batching never hurts: in simulated time, for models of which batches are much, not at all, or less than not at all worthwhile.
struct SchedulerThroughputTests {
    enum Shape: CaseIterable {
        case fixedCost
        case linear
        case superlinear

        func nanoseconds(_ rows: Int) -> UInt64 {
            let rows = UInt64(rows)
            return switch self {
            case .fixedCost: 2_000_000 + rows * 20_000
            case .linear: rows * 400_000
            case .superlinear: 300_000 * rows + 40_000 * rows * rows
            }
        }
    }

    private struct Result {
        var perSecond: Double
        /// Nanoseconds.
        var meanLatency: Double
    }

    /// Clients that each send their next request when the last one is answered.
    private func closedLoop(
        _ shape: Shape, clients: Int, policy: BatchScheduler.Policy, batchRows: Int, timeout: UInt64, slots: Int = 2
    ) -> Result {
        let world = SchedulerWorld(slots: slots, policy: policy)
        world.cost = { _, rows in shape.nanoseconds(rows) }
        let queue = world.queue(
            "m", BatchLimits(batchRows: batchRows, enqueuedBatches: 1000, timeoutNanoseconds: timeout))
        var noise = Noise(state: 3)
        let begin = world.now
        let end = begin + 2_500_000_000
        func send() {
            guard world.now < end else { return }
            world.submit(queue) {
                world.after(.random(in: 20_000...60_000, using: &noise), send)
            }
        }
        for _ in 0..<clients { send() }
        world.run()
        // The beginning is for learning.
        let middle = begin + 500_000_000
        let counted = world.requests.filter { $0.ended != nil && $0.arrival >= middle && $0.ended! < end }
        let latency = counted.reduce(0.0) { $0 + Double($1.ended! - $1.arrival) } / Double(max(1, counted.count))
        return Result(perSecond: Double(counted.count) / 2, meanLatency: latency)
    }

    @Test(arguments: Shape.allCases, [1, 2, 3, 8, 32])
    func adaptiveIsAtLeastAsFastAsEverythingElse(_ shape: Shape, clients: Int) {
        let adaptive = closedLoop(shape, clients: clients, policy: .adaptive, batchRows: 64, timeout: 2_000_000)
        let strict = closedLoop(shape, clients: clients, policy: .strict, batchRows: 64, timeout: 2_000_000)
        let single = closedLoop(shape, clients: clients, policy: .adaptive, batchRows: 1, timeout: 0)
        // Looking for better sizes costs a little.
        #expect(adaptive.perSecond >= 0.97 * strict.perSecond)
        #expect(adaptive.perSecond >= 0.97 * single.perSecond)
        #expect(adaptive.meanLatency <= 1.05 * min(strict.meanLatency, single.meanLatency))
    }
}
