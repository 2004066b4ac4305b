import Batching
import TestSupport
import Testing

@testable import ModelServer

/// 1 ms for a batch, 0.1 ms for each row.
private func fixedCost(_ rows: Int) -> Double { millisecond + 0.1 * millisecond * Double(rows) }
private func linear(_ rows: Int) -> Double { 2 * millisecond * Double(rows) }
private func superlinear(_ rows: Int) -> Double { millisecond * Double(rows) * (1 + 0.1 * Double(rows)) }

private func advice(
    threads: Int = 2, noise: Double = 0, goal: Double? = nil, sizes: [Int] = [1, 2, 4, 8, 16, 32, 64, 128],
    change: (inout BatchingAdvice.Facts) -> Void = { _ in }, _ time: @escaping (Int) -> Double
) -> BatchingAdvice {
    var curve = SyntheticCurve(threads: threads, noise: noise, time: time)
    var facts = curve.facts(sizes, goal: goal.map { UInt64($0 * millisecond) })
    change(&facts)
    return BatchingAdvice(facts)
}

@Suite struct BatchingAdviceTests {
    @Test func fixedCostIsShared() throws {
        let found = advice(fixedCost)
        #expect(found.verdict == .pays && found.pays && found.best.rows == 128)
        #expect(found.gain > 10 && found.gain < 11)
        // 64 rows reach 93 % of the best.
        #expect(found.chosen.rows == 128 && found.parameters.largestBatchSize == 128)
        let line = try #require(found.line)
        #expect(abs(line.fixed - millisecond) < 1000 && abs(line.perRow - 0.1 * millisecond) < 1000)
        #expect(found.parameters.batchTimeoutMicroseconds == 990 || found.parameters.batchTimeoutMicroseconds == 1000)
        #expect(found.parameters.batchThreads == 2 && found.parameters.allowedBatchSizes.isEmpty)
        #expect(found.verdictSentence.hasPrefix("Batching pays: 10 times the throughput at 128 rows"))
    }

    @Test func smallestSizeThatIsNearlyBestIsChosen() {
        let found = advice(sizes: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) {
            10 * millisecond + millisecond * Double($0)
        }
        #expect(found.best.rows == 512 && found.chosen.rows == 256)
        #expect(found.verdictSentence.contains("Batches of 256 rows bring nearly as much"))
    }

    @Test(arguments: [linear, superlinear]) func noFixedCostLeavesNothingToGain(
        _ time: @escaping @Sendable (Int) -> Double
    ) {
        let found = advice(time)
        #expect(found.verdict == .gainsLittle && !found.pays && found.chosen.rows == 1)
        #expect(found.parameters.batchTimeoutMicroseconds == 0 && found.parameters.largestBatchSize == 1)
        #expect(found.verdictSentence.contains("less than 10 %") && found.verdictSentence.contains("leave it off"))
    }

    @Test func requestsOutweighTinyRuns() {
        // 0.5 µs for a batch: even for nothing, requests would cost 5 µs each on two threads.
        let found = advice { 500 + 2 * Double($0) }
        #expect(found.gain > 50 && found.gainOfRequests < 1.1 && found.verdict == .tooFastToMatter && !found.pays)
        #expect(found.chosen.rows <= 2)
    }

    @Test func noiseIsNoGain() {
        let found = advice(noise: 0.3) { linear($0) * ($0 == 16 ? 0.8 : 1) }
        #expect(found.verdict == .unclear || found.verdict == .gainsLittle)
        #expect(!found.pays)
        let lucky = advice(change: { facts in
            facts.measurements[3].noise = 0.6
            facts.measurements[3].throughput *= 1.5
        }) { $0 == 4 ? fixedCost(4) * 0.95 : fixedCost($0) }
        #expect(lucky.best.rows != 8)
    }

    @Test func gainIsOverTheUnbatchedServer() {
        let found = advice(
            threads: 1,
            change: { facts in
                var unbatched = facts.measurements[0]
                unbatched.throughput *= 8
                facts.unbatched = unbatched
            }, fixedCost)
        #expect(found.gain > 1.2 && found.gain < 1.4)
    }

    @Test func aLooseGoalLimitsOnlyTheQueue() {
        let found = advice(goal: 1000, fixedCost)
        #expect(found.refusal == nil && found.chosen.rows == 128)
        // 15.2 ms a batch (p99): 65 of them in 1000 ms, less the one that runs first, on two threads.
        #expect(found.parameters.maximumEnqueuedBatches == 2 * (1000 * 10 / 152 - 1))
        #expect(found.boundWhenFull <= UInt64(1000 * millisecond))
    }

    @Test func aTightGoalLimitsTheSize() {
        // Two runs within 6 ms: 3 ms each, so at most 2.7 ms in the middle: 17 rows.
        let found = advice(goal: 6, fixedCost)
        #expect(found.refusal == nil && found.chosen.rows == 16 && found.pays)
        #expect(found.boundWhenBusy <= UInt64(6 * millisecond) && found.parameters.maximumEnqueuedBatches == 2)
        // As many rows as the queue can take at a time.
        #expect(found.parameters.maximumBatchSize == 32 && found.parameters.splitsLargeBatches)
        #expect(found.boundSentences.joined().contains("of the 6.00 ms of the goal"))
    }

    @Test func goalsOutOfReachAreRefused() {
        let slow = advice(goal: 1, fixedCost)
        #expect(slow.refusal == .runTooSlow(p99: slow.facts.measurements[0].p99) && !slow.pays)
        #expect(
            slow.refusalSentence?.hasPrefix("The goal of 1.00 ms cannot be met: one row alone takes 1.21 ms") == true)
        let waiting = advice(goal: 2, fixedCost)
        #expect(waiting.refusal == .waitTooLong(p99: waiting.facts.measurements[0].p99))
        #expect(waiting.refusalSentence?.contains("2.42 ms in all") == true && waiting.refusalAdvice != nil)
        #expect(advice(threads: 1, goal: 1, fixedCost).refusalAdvice == nil)
    }

    @Test func disturbanceOfASmallSizeCountsForLargerOnes() {
        let found = advice(goal: 6, change: { $0.measurements[1].p99 = UInt64(3.5 * millisecond) }, fixedCost)
        #expect(found.chosen.rows == 1)
    }

    @Test func requestsAreAsLargeAsClientsSay() {
        let plain = advice(change: { $0.requestRows = 100 }, fixedCost).parameters
        #expect(plain.maximumBatchSize == 128 && !plain.splitsLargeBatches && plain.maximumExecutionBatchSize == nil)
        let large = advice(change: { $0.requestRows = 500 }, fixedCost).parameters
        #expect(large.maximumBatchSize == 500 && large.maximumExecutionBatchSize == 128)
    }

    @Test func waitingRequestsFitIntoMemory() {
        let found = advice(
            change: { facts in
                facts.bytesPerRow = 1 << 20
                facts.memory = 8 << 30
            }, fixedCost)
        #expect(found.parameters.maximumEnqueuedBatches == 8)
        let none = advice(
            change: { facts in
                facts.bytesPerRow = .max / 2
                facts.memory = 1
            }, fixedCost)
        #expect(none.parameters.maximumEnqueuedBatches == 1)
    }

    @Test func oddSizesThatAreSlowArePadded() {
        let sizes = [1, 2, 4, 8, 9, 16, 32, 63, 64]
        let padded = advice(sizes: sizes) { fixedCost($0) * (BatchingAdvice.isPower($0) ? 1 : 2) }
        #expect(padded.paddingHelps && padded.parameters.allowedBatchSizes == [1, 2, 4, 8, 16, 32, 64])
        #expect(advice(sizes: sizes, fixedCost).parameters.allowedBatchSizes.isEmpty)
        let once = advice(sizes: sizes) { fixedCost($0) * ($0 == 9 ? 3 : 1) }
        #expect(!once.paddingHelps)
    }

    @Test func oneMeasurementSaysNothing() {
        let short = advice(sizes: [1], change: { $0.isCutShort = true }, fixedCost)
        #expect(short.verdict == .unknown && short.line == nil)
        #expect(short.verdictSentence.contains("--seconds"))
        #expect(advice(goal: 2.5, sizes: [1], fixedCost).verdict == .gainsLittle)
    }

    /// Whatever was measured, the server takes the parameters, and they keep to the goal.
    @Test func parametersAreAlwaysSound() {
        var random = Seeded(state: 5)
        for _ in 0..<2000 {
            let fixed = pow10(Double.random(in: 0...10, using: &random))
            let perRow = pow10(Double.random(in: 0...9, using: &random))
            let bend = Double.random(in: 0...0.2, using: &random)
            let found = advice(
                threads: Int.random(in: 1...64, using: &random), noise: Double.random(in: 0...0.5, using: &random),
                goal: Bool.random(using: &random) ? pow10(Double.random(in: -3...6, using: &random)) : nil,
                sizes: Array([1, 2, 4, 8, 9, 16, 31, 32, 64, 100].prefix(Int.random(in: 1...10, using: &random))),
                change: { facts in
                    facts.requestRows = Int.random(in: 1...5000, using: &random)
                    facts.bytesPerRow = Int.random(in: 0...(1 << 24), using: &random)
                    facts.memory = Int.random(in: 0...(1 << 33), using: &random)
                }
            ) { (fixed + perRow * Double($0)) * (1 + bend * Double($0)) }
            let parameters = found.parameters
            #expect(parameters.maximumBatchSize >= 1 && parameters.maximumEnqueuedBatches >= 1)
            #expect(parameters.batchTimeoutMicroseconds >= 0 && parameters.largestBatchSize == Int64(found.chosen.rows))
            #expect(parameters.maximumBatchSize >= parameters.largestBatchSize)
            #expect(parameters.allowedBatchSizes.last ?? parameters.largestBatchSize == parameters.largestBatchSize)
            #expect(!found.verdictSentence.isEmpty && found.boundSentences.isEmpty == (found.refusal != nil))
            guard let goal = found.facts.goal, found.refusal == nil else { continue }
            #expect(found.boundWhenBusy <= goal && found.boundWhenFull <= goal)
            #expect(UInt64(parameters.batchTimeoutMicroseconds) * 1000 + found.longestRun <= goal)
        }
    }
}

private func pow10(_ power: Double) -> Double {
    var result = 1.0
    for _ in 0..<Int(abs(power).rounded()) { result *= 10 }
    return power < 0 ? 1 / result : result
}
