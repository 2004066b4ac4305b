import Batching

/// What measurements and a goal say about batching: whether it pays, and with which parameters.
struct BatchingAdvice: Equatable, Sendable {
    /// What is known.
    struct Facts: Equatable, Sendable {
        /// By size, ascending, the first for one row.
        var measurements: [BatchMeasurement]
        /// Batches that run at the same time.
        var threads: Int
        /// One row, as many at the same time as without batching; nil: the first measurement.
        var unbatched: BatchMeasurement?
        /// The latency that 99 of 100 requests shall keep to, nanoseconds.
        var goal: UInt64?
        /// Rows of the largest request that clients send.
        var requestRows: Int = 1000
        /// Of the inputs of a row.
        var bytesPerRow = 0
        /// Whether larger batches were left out for want of time or memory.
        var isCutShort = false
        /// For waiting requests.
        var memory = Int.max
    }

    enum Verdict: Equatable, Sendable {
        case pays
        /// The throughput rises too little.
        case gainsLittle
        /// It rises, but computing is the small part of a request.
        case tooFastToMatter
        /// What it seems to gain is less than what measurements differ by.
        case unclear
        /// There is one size only to judge by.
        case unknown
    }

    /// Why no parameters can be given.
    enum Refusal: Equatable, Sendable {
        /// One row alone takes longer than the goal.
        case runTooSlow(p99: UInt64)
        /// One row takes less, but not if it has to wait for another.
        case waitTooLong(p99: UInt64)
    }

    let facts: Facts
    let verdict: Verdict
    /// The throughput of the best size that the goal allows, over that without batching; of runs alone.
    let gain: Double
    /// The same with what a request costs besides.
    let gainOfRequests: Double
    /// The best size and the chosen one.
    let best: BatchMeasurement
    let chosen: BatchMeasurement
    let line: CostLine?
    /// Whether it pays to fill batches up to a power of two.
    let paddingHelps: Bool
    /// The longest that a batch of at most the chosen size takes, in 99 of 100 runs, nanoseconds.
    let longestRun: UInt64
    let refusal: Refusal?
    let parameters: BatchingParameters

    /// Nanoseconds of a processor that receiving, decoding and answering a small request takes at least. What batching
    /// saves is judged against it: it cannot make this part any faster.
    static let requestNanoseconds = 10_000.0
    /// The median of less runs is not relied on for details.
    static let fewRuns = 5
    /// Less than this is not worth a more complicated server.
    static let worthwhileGain = 1.1
    /// A size is as good as the best if it reaches this part of its throughput, request by request.
    static let nearlyBest = 0.95

    /// - Parameter facts: with at least one measurement.
    init(_ facts: Facts) {
        self.facts = facts
        let base = facts.unbatched ?? facts.measurements[0]
        let goal = facts.goal
        let first = facts.measurements[0]
        let reachable = facts.measurements.filter { one in
            goal.map { BatchingAdvice.longest(facts.measurements, upTo: one.rows) <= $0 / 2 } ?? true
        }
        let steps = reachable.filter { BatchingAdvice.isPower($0.rows) || $0.rows == facts.measurements.last?.rows }
        let request = BatchingAdvice.requestNanoseconds / Double(facts.threads)
        // One lucky measurement shall not win over many good ones.
        let best = steps.max { $0.throughput * (1 - $0.noise) < $1.throughput * (1 - $1.noise) } ?? first
        self.best = best
        let enough = (best.timePerRow + request) / BatchingAdvice.nearlyBest
        let chosen = steps.first { $0.timePerRow + request <= enough } ?? first
        self.chosen = chosen
        longestRun = BatchingAdvice.longest(facts.measurements, upTo: chosen.rows)
        refusal =
            reachable.isEmpty ? (first.p99 > goal! ? .runTooSlow(p99: first.p99) : .waitTooLong(p99: first.p99)) : nil
        gain = best.throughput / max(base.throughput, .leastNormalMagnitude)
        gainOfRequests = (base.timePerRow + request) / (best.timePerRow + request)
        line = CostLine(facts.measurements)
        paddingHelps = BatchingAdvice.paddingHelps(facts.measurements, upTo: chosen.rows)
        verdict = BatchingAdvice.verdict(facts, base, best, gain, gainOfRequests)
        parameters = BatchingAdvice.parameters(facts, chosen, line, longestRun, pads: paddingHelps)
    }

    private static func verdict(
        _ facts: Facts, _ base: BatchMeasurement, _ best: BatchMeasurement, _ gain: Double, _ gainOfRequests: Double
    ) -> Verdict {
        guard facts.measurements.count > 1 else { return facts.isCutShort ? .unknown : .gainsLittle }
        guard gain >= worthwhileGain else { return .gainsLittle }
        guard best.throughput * (1 - best.noise) > base.throughput * (1 + base.noise) else { return .unclear }
        return gainOfRequests >= worthwhileGain ? .pays : .tooFastToMatter
    }

    /// A smaller batch that took longer was disturbed, and larger ones will be, too.
    private static func longest(_ all: [BatchMeasurement], upTo rows: Int) -> UInt64 {
        all.filter { $0.rows <= rows }.map(\.p99).max() ?? 0
    }

    static func isPower(_ rows: Int) -> Bool { rows > 0 && rows & (rows - 1) == 0 }

    /// Whether sizes between powers of two take clearly longer than the next power.
    private static func paddingHelps(_ all: [BatchMeasurement], upTo rows: Int) -> Bool {
        guard isPower(rows) else { return false }
        let sure = all.filter { $0.runs >= fewRuns }
        let ratios = sure.filter { $0.rows < rows && !isPower($0.rows) }.compactMap { odd -> Double? in
            guard let next = sure.first(where: { $0.rows > odd.rows && isPower($0.rows) }) else { return nil }
            return Double(odd.median) / Double(max(1, next.median))
        }
        return !ratios.isEmpty && ratios.allSatisfy { $0 > worthwhileGain }
    }
}
