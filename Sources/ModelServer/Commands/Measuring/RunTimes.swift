/// How long runs took, in bounded memory: of many runs a fair sample is kept.
struct RunTimes: Equatable, Sendable {
    private(set) var count = 0
    /// Of all runs, nanoseconds.
    private(set) var total: UInt64 = 0
    private(set) var minimum: UInt64 = .max
    private var sample: [UInt64] = []
    private let capacity: Int
    private var state: UInt64

    /// - Parameters:
    ///   - capacity: runs of which the times are kept; at least 1.
    ///   - seed: decides which ones.
    init(capacity: Int = 20_000, seed: UInt64 = 1) {
        self.capacity = max(1, capacity)
        state = seed
    }

    mutating func add(_ nanoseconds: UInt64) {
        count += 1
        total &+= nanoseconds
        minimum = min(minimum, nanoseconds)
        if sample.count < capacity {
            sample.append(nanoseconds)
        } else {
            let place = Int(random() % UInt64(count))
            if place < capacity { sample[place] = nanoseconds }
        }
    }

    /// Takes in what another thread or another part of the measurement saw.
    mutating func add(_ other: RunTimes) {
        guard other.count > 0 else { return }
        count += other.count
        total &+= other.total
        minimum = min(minimum, other.minimum)
        sample += other.sample
        guard sample.count > capacity else { return }
        for index in 0..<capacity { sample.swapAt(index, index + Int(random() % UInt64(sample.count - index))) }
        sample.removeLast(sample.count - capacity)
    }

    /// For each of `fractions` the time that this part of the runs did not exceed; 0 without runs.
    func percentiles(_ fractions: [Double]) -> [UInt64] {
        let sorted = sample.sorted()
        return fractions.map { fraction in
            let rank = Int((fraction * Double(sorted.count)).rounded(.up)) - 1
            return sorted.isEmpty ? 0 : sorted[min(max(rank, 0), sorted.count - 1)]
        }
    }

    /// By which part of itself the mean of so many runs is likely to differ from the true one.
    var uncertainty: Double {
        guard sample.count > 1, total > 0 else { return 1 }
        let mean = sample.reduce(0) { $0 + Double($1) } / Double(sample.count)
        let variance = sample.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(sample.count - 1)
        return mean > 0 ? (variance / Double(count)).squareRoot() / mean : 1
    }

    private mutating func random() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
