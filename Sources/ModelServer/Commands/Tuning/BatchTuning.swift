import Models
import ServingCore
import Tensors
import Threading

/// Measures a signature in batches of different sizes.
struct BatchTuning: Sendable {
    /// What was measured.
    struct Result: Sendable {
        var measurements: [BatchMeasurement]
        var end: BatchSweep.End?
        var unbatched: BatchMeasurement?
    }

    let opened: OpenedModel
    let feeds: BatchFeeds
    /// Batches that run at the same time.
    let threads: Int
    let clock: any Clock

    /// Rows on which it is tried whether they can run together.
    static let sampleRows = 3

    init(_ opened: OpenedModel, _ feeds: BatchFeeds, threads: Int, clock: any Clock = SystemClock()) {
        self.opened = opened
        self.feeds = feeds
        self.threads = threads
        self.clock = clock
    }

    // MARK: A sample

    enum Sample: Equatable {
        case fine
        /// They cannot share a run, with half a sentence that says why.
        case obstacle(String)
        /// Rows are not answered as they are alone, with a sentence that says so.
        case differs(String)
    }

    /// Runs a few rows together and alone. Throws what a run throws.
    func sample() throws(Status) -> Sample {
        let names = opened.runner.computedOutputs
        let batch = try opened.run(try feeds.batch(BatchTuning.sampleRows))
        if let reason = obstacle(in: batch, rows: BatchTuning.sampleRows) { return .obstacle(reason) }
        var single: [[Tensor]] = []
        for row in 0..<BatchTuning.sampleRows {
            let outputs = try opened.run(try feeds.batch(1, from: row))
            if let reason = obstacle(in: outputs, rows: 1) { return .obstacle(reason) }
            single.append(outputs)
        }
        return RowComparison.difference(batch: batch, single: single, names: names).map(Sample.differs) ?? .fine
    }

    /// Why outputs cannot be cut into the answers of requests; nil if they can.
    private func obstacle(in outputs: [Tensor], rows: Int) -> String? {
        for (name, output) in zip(opened.runner.computedOutputs, outputs)
        where output.shape.rank == 0 || output.shape[0] != rows {
            return "its output \"\(name)\" has shape \(output.shape) for \(Readable.counted(rows, "row"))"
        }
        return nil
    }

    // MARK: Measuring

    /// Does what a sweep with `limits` wants; tells of each step.
    ///
    /// Throws what running one row throws; a larger batch that fails is just the end.
    func measure(
        _ limits: BatchSweep.Limits, progress: (_ rows: Int, _ elapsed: UInt64) -> Void
    ) throws(Status) -> Result {
        let start = clock.nanoseconds()
        var unbatched: BatchRecord?
        if threads != opened.threads.threadCount {
            progress(1, 0)
            unbatched = BatchRecord(rows: 1)
            unbatched?.add(try burst(rows: 1, runners: opened.threads.threadCount, limits.budget / 15, isFirst: true))
        }
        var sweep = BatchSweep(limits)
        while let step = sweep.next(elapsed: clock.nanoseconds() &- start) {
            progress(step.rows, clock.nanoseconds() &- start)
            do throws(Status) {
                let burst = try burst(rows: step.rows, runners: threads, step.nanoseconds, isFirst: step.isFirst)
                sweep.record(burst, rows: step.rows)
            } catch {
                guard step.rows > 1 else { throw error }
                sweep.fail(rows: step.rows, message: error.message)
            }
        }
        return Result(measurements: sweep.measurements, end: sweep.end, unbatched: unbatched?.measurement)
    }

    private func burst(rows: Int, runners: Int, _ nanoseconds: UInt64, isFirst: Bool) throws(Status) -> RunBurst {
        let batch = try feeds.batch(rows)
        let body: RunBurst.Body = { [opened] () throws(Status) in _ = try opened.run(batch) }
        if isFirst { _ = try RunBurst.measure(runners, on: opened.threads, nanoseconds: 0, clock: clock, body) }
        return try RunBurst.measure(runners, on: opened.threads, nanoseconds: nanoseconds, clock: clock, body)
    }
}
