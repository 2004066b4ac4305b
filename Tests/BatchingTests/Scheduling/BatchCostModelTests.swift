import TestSupport
import Testing

@testable import Batching

struct BatchCostModelTests {
    /// Lets the model choose and learn with a backlog that never ends.
    private func trained(
        _ model: BatchCostModel, choices: Int, backlog: Int = 1 << 20, _ cost: (Int) -> Double
    ) -> (model: BatchCostModel, taken: [Int]) {
        var model = model
        var taken: [Int] = []
        for _ in 0..<choices {
            let rows = min(backlog, model.rowsToTake(waiting: backlog))
            taken.append(rows)
            model.record(rows: rows, paddedRows: rows, nanoseconds: UInt64(cost(rows)))
        }
        return (model, taken)
    }

    private func share(_ taken: [Int], _ rows: Int) -> Double {
        let last = taken.suffix(taken.count / 2)
        return Double(last.count { $0 == rows }) / Double(last.count)
    }

    @Test func fixedCostsMakeBatchesLarge() {
        let result = trained(BatchCostModel(batchRows: 256), choices: 400) { 1_000_000 + Double($0) * 1_000 }
        #expect(share(result.taken, 256) > 0.9)
        #expect(abs(Double(result.model.fixedNanoseconds) - 1_000_000) < 100_000)
    }

    @Test func batchesStaySmallWhereSizeDoesNotMatter() {
        let result = trained(BatchCostModel(batchRows: 256), choices: 400) { Double($0) * 50_000 }
        #expect(share(result.taken, 1) > 0.9)
        #expect(result.model.fixedNanoseconds < 5_000)
    }

    @Test func batchesThatAreSlowerPerRowAreAvoided() {
        let result = trained(BatchCostModel(batchRows: 256), choices: 400) {
            20_000 + Double($0) * 50_000 + Double($0 * $0) * 5_000
        }
        #expect(share(result.taken, 2) > 0.8)
        #expect(result.taken.max()! <= 16, "a size far from the best was tried")
    }

    @Test func aSizeBetweenIsFound() {
        // Fast up to the size of some cache, then twice as slow.
        let result = trained(BatchCostModel(batchRows: 1000), choices: 600) { rows in
            200_000 + Double(min(rows, 64)) * 10_000 + Double(max(0, rows - 64)) * 40_000
        }
        #expect(share(result.taken, 64) > 0.8)
    }

    @Test func changesAreNoticed() {
        let first = trained(BatchCostModel(batchRows: 64), choices: 400) { 1_000_000 + Double($0) * 1_000 }
        #expect(share(first.taken, 64) > 0.9)
        let second = trained(first.model, choices: 4000) { Double($0 * $0) * 50_000 }
        #expect(share(second.taken, 1) > 0.8)
        let third = trained(second.model, choices: 8000) { 1_000_000 + Double($0) * 1_000 }
        #expect(share(third.taken, 64) > 0.8)
    }

    @Test func paddedRowsAreNotUseful() {
        var model = BatchCostModel(batchRows: 8, allowedSizes: [4, 8])
        for _ in 0..<10 {
            model.record(rows: 5, paddedRows: 8, nanoseconds: 8_000)
            model.record(rows: 4, paddedRows: 4, nanoseconds: 5_000)
        }
        #expect(model.bestNanosecondsPerRow.map { Int($0.rounded()) } == 1_250)
        #expect(model.rowsToTake(waiting: 8) == 4)
    }

    @Test func nothingIsClaimedBeforeSomethingIsKnown() {
        var model = BatchCostModel(batchRows: 64)
        #expect(model.fixedNanoseconds == 0 && model.bestNanosecondsPerRow == nil && model.estimate(rows: 5) == 0)
        for _ in 0..<7 { model.record(rows: 2, paddedRows: 2, nanoseconds: 20_000) }
        #expect(model.leastNanoseconds(forRows: 100, slots: 2) == nil)
        model.record(rows: 2, paddedRows: 2, nanoseconds: 20_000)
        #expect(model.estimate(rows: 10) == 100_000)
        #expect(model.leastNanoseconds(forRows: 100, slots: 2) == 20_000, "larger batches may be as cheap")
        for _ in 0..<8 { model.record(rows: 64, paddedRows: 64, nanoseconds: 3_200_000) }
        #expect(model.leastNanoseconds(forRows: 100, slots: 2) == 500_000)
    }

    @Test func absurdLimitsAndTimesAreHarmless() {
        var model = BatchCostModel(batchRows: .max)
        for _ in 0..<20 {
            model.record(rows: .max, paddedRows: .max, nanoseconds: .max)
            model.record(rows: 1, paddedRows: 1, nanoseconds: 0)
            _ = model.rowsToTake(waiting: .max)
            _ = (model.fixedNanoseconds, model.estimate(rows: .max), model.leastNanoseconds(forRows: .max, slots: 1))
        }
        #expect(model.rowsToTake(waiting: 1) == 1)
    }
}
