/// What runs of batches of one queue cost, learned from those that were run: how many rows to take when there is a choice, and
/// what a run costs before its first row.
///
/// Only runs that began while all slots were busy may be recorded: a lone one borrows idle threads and looks too cheap.
struct BatchCostModel: Sendable {
    /// Runs of batches of nearly the same number of rows.
    private struct Bucket: Sendable {
        /// The largest number of rows that belongs here.
        let rows: Int
        var runs = 0
        /// Moving averages of a run.
        var nanoseconds = 0.0
        var usefulRows = 0.0

        /// The first run of a size grows buffers, and one more says little.
        var isKnown: Bool { runs >= 3 }
        var nanosecondsPerRow: Double { nanoseconds / max(1, usefulRows) }

        /// Whether the size is known and no more than a little slower per row than the best.
        func isAsFast(as best: Double) -> Bool { isKnown && nanosecondsPerRow <= best * BatchCostModel.tolerance }

        mutating func record(_ nanoseconds: Double, _ rows: Double) {
            runs += 1
            guard runs > 1 else { return }
            let share = max(0.1, 1 / Double(runs - 1))
            self.nanoseconds += (nanoseconds - self.nanoseconds) * share
            usefulRows += (rows - usefulRows) * share
        }
    }

    private var buckets: [Bucket]
    private var line = FadingLine()
    /// Choices made so far; says when a choice is an exploration.
    private var choices = 0
    /// Runs recorded so far.
    private(set) var runs = 0

    /// How much slower per row a smaller batch may be to be preferred.
    private static let tolerance = 1.05
    /// Rows to begin with as long as nothing is known.
    private static let firstRows = 16
    /// Every so many choices another size is tried.
    private static let explorationInterval = 16
    /// The tried sizes' distances from the preferred, in turns.
    private static let explorations = [1, -1, 2, -1, 1, -2]

    /// - Parameters:
    ///   - batchRows: the largest batch.
    ///   - allowedSizes: what batches are padded to, ascending; none: sizes that double are told apart.
    init(batchRows: Int, allowedSizes: [Int] = []) {
        var sizes = allowedSizes.filter { $0 > 0 && $0 < batchRows }.sorted()
        if allowedSizes.isEmpty {
            var size = 1
            while size < batchRows {
                sizes.append(size)
                let (next, overflow) = size.multipliedReportingOverflow(by: 2)
                if overflow { break }
                size = next
            }
        }
        sizes.append(max(1, batchRows))
        buckets = sizes.map { Bucket(rows: $0) }
    }

    /// Learns from a run.
    /// - Parameters:
    ///   - rows: of the requests.
    ///   - paddedRows: what was computed.
    mutating func record(rows: Int, paddedRows: Int, nanoseconds: UInt64) {
        guard rows > 0 else { return }
        runs += 1
        buckets[bucket(of: rows)].record(Double(nanoseconds), Double(rows))
        line.record(Double(max(rows, paddedRows)), Double(nanoseconds))
    }

    private func bucket(of rows: Int) -> Int {
        var (low, high) = (0, buckets.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].rows < rows { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Of the size that is fastest per row, as far as known.
    var bestNanosecondsPerRow: Double? {
        var best: Double?
        for bucket in buckets where bucket.isKnown { best = min(best ?? .infinity, bucket.nanosecondsPerRow) }
        return best
    }

    /// What a run costs whatever its rows, nanoseconds; 0 as long as nothing is known.
    var fixedNanoseconds: UInt64 {
        guard let intercept = line.intercept else { return 0 }
        let cheapest = cheapestNanoseconds
        return cheapest < 1e18 ? UInt64(max(0, min(intercept, cheapest))) : 0
    }

    /// What a run of so many rows will take, roughly, nanoseconds; 0 as long as nothing is known.
    func estimate(rows: Int) -> UInt64 {
        let own = buckets[bucket(of: max(1, rows))]
        guard let perRow = own.isKnown ? own.nanosecondsPerRow : bestNanosecondsPerRow else { return 0 }
        return UInt64(min(perRow * Double(max(1, rows)), 1e18))
    }

    /// The least that so many rows take on `slots` threads, nanoseconds; nil as long as too little is known.
    func leastNanoseconds(forRows rows: Int, slots: Int) -> UInt64? {
        guard runs >= 8, let best = bestNanosecondsPerRow, let largest = buckets.lastIndex(where: \.isKnown) else {
            return nil
        }
        var least = best * Double(rows)
        if largest < bucket(of: rows), buckets[largest].isAsFast(as: best) {
            // Batches larger than any so far may turn out to be as cheap as the cheapest known.
            let batches = (Double(rows) / Double(buckets[buckets.count - 1].rows)).rounded(.up)
            least = min(least, cheapestNanoseconds * batches)
        }
        return UInt64(min(least / Double(max(1, slots)), 1e18))
    }

    /// Of an average run of the cheapest known size.
    private var cheapestNanoseconds: Double {
        var cheapest = Double.infinity
        for bucket in buckets where bucket.isKnown { cheapest = min(cheapest, bucket.nanoseconds) }
        return cheapest
    }

    /// The most rows to take for one batch if `waiting` are there and all slots are busy.
    ///
    /// The smallest size that is about as fast per row as the best; now and then another one, to learn.
    mutating func rowsToTake(waiting: Int) -> Int {
        let largest = bucket(of: waiting)
        guard largest > 0 else { return buckets[0].rows }
        guard let best = bestNanosecondsPerRow, let preferred = buckets.firstIndex(where: { $0.isAsFast(as: best) })
        else { return buckets[min(largest, bucket(of: BatchCostModel.firstRows))].rows }
        if let next = sizeToLearn(best), next <= largest { return buckets[next].rows }
        choices += 1
        guard choices % BatchCostModel.explorationInterval == 0 else { return buckets[preferred].rows }
        let turn = choices / BatchCostModel.explorationInterval % BatchCostModel.explorations.count
        let choice = preferred + BatchCostModel.explorations[turn]
        return buckets[max(0, min(choice, buckets.count - 1))].rows
    }

    /// A size next to the known ones, as long as they don't get slower towards it.
    private func sizeToLearn(_ best: Double) -> Int? {
        guard let smallest = buckets.firstIndex(where: \.isKnown), let largest = buckets.lastIndex(where: \.isKnown)
        else { return nil }
        if smallest > 0, buckets[smallest].isAsFast(as: best) { return smallest - 1 }
        return largest + 1 < buckets.count && buckets[largest].isAsFast(as: best) ? largest + 1 : nil
    }
}

/// A straight line through points of which the older count less.
struct FadingLine: Sendable {
    private var weight = 0.0
    private var sumX = 0.0
    private var sumY = 0.0
    private var sumXX = 0.0
    private var sumXY = 0.0

    /// What is left of a point's weight after the next one.
    private static let memory = 0.98

    init() {}

    mutating func record(_ x: Double, _ y: Double) {
        weight = weight * FadingLine.memory + 1
        sumX = sumX * FadingLine.memory + x
        sumY = sumY * FadingLine.memory + y
        sumXX = sumXX * FadingLine.memory + x * x
        sumXY = sumXY * FadingLine.memory + x * y
    }

    /// The line's height at 0; nil if the points are too close to each other for that.
    var intercept: Double? {
        guard weight > 0 else { return nil }
        let (meanX, meanY) = (sumX / weight, sumY / weight)
        let variance = sumXX / weight - meanX * meanX
        guard variance > 0.01 * max(1, meanX * meanX) else { return nil }
        let slope = (sumXY / weight - meanX * meanY) / variance
        return meanY - slope * meanX
    }
}
