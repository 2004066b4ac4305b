import TestSupport

@testable import ModelServer

/// Measurements of a made-up model for which the time of a batch is known.
struct SyntheticCurve {
    var threads = 2
    /// By which part of itself a time may be off, up or down.
    var noise = 0.0
    var random = Seeded(state: 3)
    /// Nanoseconds of a batch of so many rows while other threads run as many.
    let time: (Int) -> Double

    init(threads: Int = 2, noise: Double = 0, time: @escaping (Int) -> Double) {
        self.threads = threads
        self.noise = noise
        self.time = time
    }

    mutating func measurement(_ rows: Int) -> BatchMeasurement {
        let off = noise == 0 ? 1 : 1 + Double.random(in: -noise...noise, using: &random)
        let median = time(rows) * off
        return BatchMeasurement(
            rows: rows, runs: 100, minimum: UInt64(median * 0.95), median: UInt64(median), p99: UInt64(median * 1.1),
            throughput: Double(threads * rows) / median * 1e9, noise: max(noise, 0.01))
    }

    mutating func facts(_ sizes: [Int] = [1, 2, 4, 8, 16, 32, 64, 128], goal: UInt64? = nil) -> BatchingAdvice.Facts {
        var facts = BatchingAdvice.Facts(measurements: sizes.map { measurement($0) }, threads: threads)
        facts.goal = goal
        return facts
    }

    /// The burst that a sweep would see, and the nanoseconds that it takes.
    mutating func burst(_ step: BatchSweep.Step) -> (burst: RunBurst, elapsed: UInt64) {
        var burst = RunBurst()
        let runs = min(max(1, Int(Double(step.nanoseconds) / time(step.rows))), 200)
        for _ in 0..<runs * threads { burst.times.add(measurement(step.rows).median) }
        burst.rate = Double(threads) / time(step.rows) * 1e9
        let elapsed = Double(runs + (step.isFirst ? 1 : 0)) * time(step.rows)
        return (burst, max(UInt64(elapsed), step.nanoseconds))
    }
}

let millisecond = 1e6
