/// Decides which batch size is measured next, and for how long: first up through the doublings, then everything again and
/// again, so that a machine that gets faster or slower meanwhile does so for all sizes.
struct BatchSweep: Equatable, Sendable {
    struct Limits: Equatable, Sendable {
        /// Nanoseconds for everything.
        var budget: UInt64
        /// The largest batch.
        var maximumRows = 1024
        /// Whether all sizes up to the largest are wanted, even if they bring no more.
        var measuresAll = false
        /// Nanoseconds that an answer may take.
        var goal: UInt64?
    }

    /// What shall be done next.
    struct Step: Equatable, Sendable {
        var rows: Int
        /// To be spent on it, if a run takes less.
        var nanoseconds: UInt64
        /// Whether a run comes first that does not count, because the size is new.
        var isFirst: Bool
    }

    /// Why there is no larger size.
    enum End: Equatable, Sendable {
        case limit
        /// Three doublings in a row gave no more rows per second.
        case noFurtherGain
        /// Runs take so long that the goal is out of reach.
        case beyondGoal
        case outOfTime
        /// It failed, with this message.
        case failure(String)
    }

    let limits: Limits
    /// By size, ascending.
    private(set) var records: [BatchRecord] = []
    /// Set as soon as the largest size is known.
    private(set) var end: End?
    private var probes: [Int] = []
    private var turn = 0

    init(_ limits: Limits) { self.limits = limits }

    var measurements: [BatchMeasurement] { records.compactMap(\.measurement) }

    /// The next step when `elapsed` nanoseconds are gone; nil when all is done.
    mutating func next(elapsed: UInt64) -> Step? {
        let left = limits.budget > elapsed ? limits.budget - elapsed : 0
        if end == nil, let rows = nextRows(left: left) {
            return Step(rows: rows, nanoseconds: limits.budget / 25, isFirst: true)
        }
        if let rows = probes.first, let expected = expectedNanoseconds(rows: rows) {
            probes.removeFirst()
            if left > expected * 2 { return Step(rows: rows, nanoseconds: limits.budget / 50, isFirst: true) }
        }
        return repetition(left: left)
    }

    /// Takes what a step gave.
    mutating func record(_ burst: RunBurst, rows: Int) {
        if let index = records.firstIndex(where: { $0.rows == rows }) { return records[index].add(burst) }
        var record = BatchRecord(rows: rows)
        record.add(burst)
        records.append(record)
        records.sort { $0.rows < $1.rows }
    }

    /// Takes that a size cannot be run; it is not asked for again.
    mutating func fail(rows: Int, message: String) {
        probes.removeAll { $0 >= rows }
        finish(.failure(message))
    }

    private mutating func finish(_ end: End) {
        guard self.end == nil else { return }
        self.end = end
        guard case .failure = end else {
            // Sizes next to a power of two tell whether it pays to fill batches up to one.
            let largest = records.last?.rows ?? 0
            let middle = records.count > 3 ? records[records.count / 2].rows : 0
            probes = [middle + 1, largest - 1].filter { $0 > 4 && $0 < largest }
            return
        }
    }

    // MARK: Which size

    private mutating func nextRows(left: UInt64) -> Int? {
        guard let last = records.last else { return 1 }
        guard last.rows < limits.maximumRows else {
            finish(.limit)
            return nil
        }
        if isBeyondGoal {
            finish(.beyondGoal)
        } else if !limits.measuresAll, gainsNoMore {
            finish(.noFurtherGain)
        }
        let rows = min(last.rows * 2, limits.maximumRows)
        // One run that does not count and one that does.
        if end == nil, let expected = expectedNanoseconds(rows: rows), expected * 2 > left { finish(.outOfTime) }
        return end == nil ? rows : nil
    }

    private var isBeyondGoal: Bool {
        guard let goal = limits.goal, let last = measurements.last else { return false }
        return last.median > goal / 2
    }

    private var gainsNoMore: Bool {
        let all = measurements.map(\.throughput)
        guard all.count > 3 else { return false }
        return all.suffix(3).max()! < all.dropLast(3).max()! * 1.02
    }

    /// A run that is as slow as the next smaller size makes it look.
    private func expectedNanoseconds(rows: Int) -> UInt64? {
        guard let near = measurements.last(where: { $0.rows <= rows }) else { return nil }
        let expected = Double(near.median) * Double(rows) / Double(near.rows)
        return expected < 1e18 ? UInt64(expected) : nil
    }

    // MARK: Again

    /// Sizes take turns; those of which one run takes too long for the rest are passed over.
    private mutating func repetition(left: UInt64) -> Step? {
        for _ in 0..<records.count {
            let record = records[turn % records.count]
            turn += 1
            guard let measurement = record.measurement, measurement.median < left else { continue }
            let share = max(limits.budget / 50, 1)
            guard left > share / 2 else { continue }
            return Step(rows: record.rows, nanoseconds: min(share, left), isFirst: false)
        }
        return nil
    }
}
