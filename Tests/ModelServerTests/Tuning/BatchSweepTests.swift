import TestSupport
import Testing

@testable import ModelServer

private let second = 1e9

/// Plays a sweep on a made-up model; returns it with the steps taken and the time at which it ended.
private func played(
    _ limits: BatchSweep.Limits, failing: Int = .max, noise: Double = 0, _ time: @escaping (Int) -> Double
) -> (sweep: BatchSweep, steps: [BatchSweep.Step], elapsed: UInt64) {
    var sweep = BatchSweep(limits)
    var curve = SyntheticCurve(noise: noise, time: time)
    var steps: [BatchSweep.Step] = []
    var elapsed: UInt64 = 0
    while let step = sweep.next(elapsed: elapsed), steps.count < 10_000 {
        steps.append(step)
        if step.rows >= failing {
            sweep.fail(rows: step.rows, message: "too large")
            elapsed += 1000
            continue
        }
        let (burst, spent) = curve.burst(step)
        sweep.record(burst, rows: step.rows)
        elapsed += spent
    }
    return (sweep, steps, elapsed)
}

private func limits(seconds: Double = 10) -> BatchSweep.Limits { BatchSweep.Limits(budget: UInt64(seconds * second)) }

@Suite struct BatchSweepTests {
    @Test func sizesDoubleAsLongAsTheyGain() {
        let (sweep, steps, _) = played(limits()) { 1e6 + 1e4 * Double($0) }
        #expect(sweep.end == .limit)
        let powers = sweep.measurements.map(\.rows).filter { BatchingAdvice.isPower($0) }
        #expect(powers == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
        #expect(steps.filter(\.isFirst).prefix(11).map(\.rows) == powers)
    }

    @Test func threeDoublingsWithoutGainEndTheClimb() {
        let (sweep, _, _) = played(limits()) { Double($0) * 1e5 }
        #expect(sweep.end == .noFurtherGain && sweep.measurements.last?.rows == 8)
        var all = limits()
        all.measuresAll = true
        all.maximumRows = 48
        let whole = played(all) { Double($0) * 1e5 }.sweep
        #expect(
            whole.end == .limit && whole.measurements.map(\.rows).contains(48) && whole.measurements.last?.rows == 48)
    }

    @Test func goalEndsTheClimb() {
        var wanted = limits()
        wanted.goal = UInt64(10 * millisecond)
        let (sweep, _, _) = played(wanted) { 1e6 + 1e6 * Double($0) }
        #expect(sweep.end == .beyondGoal && sweep.measurements.last?.rows == 8)
    }

    @Test func slowModelsGetWhatTimeAllows() {
        let (sweep, _, elapsed) = played(limits()) { second * Double($0) }
        #expect(sweep.end == .outOfTime && sweep.measurements.map(\.rows) == [1, 2])
        #expect(Double(elapsed) <= 11 * second)
        let hopeless = played(limits(seconds: 1)) { 60 * second * Double($0) }
        #expect(hopeless.sweep.end == .outOfTime && hopeless.steps.map(\.rows) == [1])
    }

    @Test func failureOfALargeBatchIsAnEnd() {
        let (sweep, steps, _) = played(limits(), failing: 64) { 1e6 + 1e4 * Double($0) }
        #expect(sweep.end == .failure("too large") && sweep.measurements.map(\.rows) == [1, 2, 4, 8, 16, 32])
        #expect(steps.filter { $0.rows >= 64 }.count == 1)
    }

    @Test func sizesNextToAPowerAreTried() {
        let (sweep, _, _) = played(limits()) { 1e6 + 1e4 * Double($0) }
        #expect(sweep.measurements.map(\.rows).filter { !BatchingAdvice.isPower($0) } == [33, 1023])
    }

    @Test func theRestOfTheTimeIsSharedEvenly() throws {
        let (sweep, steps, elapsed) = played(limits()) { 1e6 + 1e4 * Double($0) }
        let again = Dictionary(grouping: steps.filter { !$0.isFirst }, by: \.rows).mapValues(\.count)
        let counts = sweep.measurements.map { again[$0.rows] ?? 0 }
        #expect(try #require(counts.max()) - (try #require(counts.min())) <= 1 && counts.reduce(0, +) > 10)
        #expect(abs(Double(elapsed) - 10 * second) < second)
    }

    /// Whatever a model is like: it ends, one row is measured, and time is kept as far as single runs allow it.
    @Test func everySweepEnds() {
        var random = Seeded(state: 9)
        for _ in 0..<150 {
            var fixed = 1e3
            for _ in 0..<Int.random(in: 0...6, using: &random) { fixed *= 10 }
            let perRow = fixed * Double.random(in: 0.001...2, using: &random)
            var wanted = limits(seconds: Double.random(in: 0.1...5, using: &random))
            wanted.maximumRows = Int.random(in: 1...3000, using: &random)
            wanted.measuresAll = Bool.random(using: &random)
            wanted.goal = Bool.random(using: &random) ? UInt64.random(in: 1000...10_000_000_000, using: &random) : nil
            let failing = Bool.random(using: &random) ? Int.random(in: 2...64, using: &random) : .max
            let time = { (rows: Int) in fixed + perRow * Double(rows) }
            let (sweep, steps, elapsed) = played(wanted, failing: failing, noise: 0.2, time)
            #expect(sweep.measurements.first?.rows == 1 && steps.count < 10_000 && sweep.end != nil)
            #expect(steps.allSatisfy { $0.rows >= 1 && $0.rows <= max(1, wanted.maximumRows) })
            let longest = steps.filter { $0.rows < failing }.map { time($0.rows) }.max() ?? 0
            #expect(Double(elapsed) <= Double(wanted.budget) * 1.1 + 3 * longest, "\(wanted) \(fixed) \(perRow)")
        }
    }
}
