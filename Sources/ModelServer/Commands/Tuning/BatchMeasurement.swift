/// How batches of one size ran.
struct BatchMeasurement: Equatable, Sendable {
    var rows: Int
    var runs: Int
    /// Of one run, nanoseconds.
    var minimum: UInt64
    var median: UInt64
    var p99: UInt64
    /// Rows per second, of all threads together.
    var throughput: Double
    /// By which part of itself the throughput differed from one time to the next, up or down.
    var noise: Double

    /// Nanoseconds of the machine for a row.
    var timePerRow: Double { 1e9 / max(throughput, .leastNormalMagnitude) }
}

/// The bursts of one size, from which its measurement is made.
struct BatchRecord: Equatable, Sendable {
    let rows: Int
    private var times = RunTimes()
    private var throughputs: [Double] = []

    /// Nil before the first burst.
    private(set) var measurement: BatchMeasurement?

    /// What is believed of one burst alone at most.
    private static let leastNoise = 0.05

    init(rows: Int) { self.rows = rows }

    mutating func add(_ burst: RunBurst) {
        times.add(burst.times)
        throughputs.append(burst.rate * Double(rows))
        guard times.count > 0 else { return }
        let sorted = throughputs.sorted()
        let middle = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        // Of many bursts the slowest and the fastest quarter say nothing about the middle.
        let cut = sorted.count / 4
        let spread = (sorted[sorted.count - 1 - cut] - sorted[cut]) / 2 / max(middle, .leastNormalMagnitude)
        let percentiles = times.percentiles([0.5, 0.99])
        measurement = BatchMeasurement(
            rows: rows, runs: times.count, minimum: times.minimum, median: percentiles[0], p99: percentiles[1],
            throughput: middle,
            noise: min(1, max(sorted.count == 1 ? BatchRecord.leastNoise : spread, times.uncertainty)))
    }
}
