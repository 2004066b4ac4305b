import Synchronization

/// Counts observations by size in buckets with fixed limits; safe to use from any thread without a lock.
///
/// A reader that comes while others write may see an observation in the buckets and not yet in the sum.
public final class Histogram: @unchecked Sendable {
    /// What a histogram held at one moment.
    public struct Snapshot: Sendable, Hashable {
        /// Observations at most as large as the limit of the same index and larger than the one before; the last
        /// element counts those above all limits.
        public let counts: [UInt64]
        public let sum: Double

        public var count: UInt64 { counts.reduce(0, &+) }
    }

    /// Upper limits of the buckets, ascending; a value equal to a limit belongs to its bucket.
    public let limits: [Double]
    /// The same; reading them costs no reference count.
    private let ends: UnsafeMutableBufferPointer<Double>
    /// One more than limits. Atomics can't live in an array; these live as long as the histogram.
    private let buckets: UnsafeMutablePointer<Atomic<UInt64>>
    private let sum = Atomic<UInt64>(0)

    /// - Parameter limits: finite, ascending.
    public init(limits: [Double]) {
        precondition(zip(limits, limits.dropFirst()).allSatisfy(<), "limits of a histogram must ascend")
        self.limits = limits
        ends = .allocate(capacity: limits.count)
        _ = ends.initialize(from: limits)
        buckets = .allocate(capacity: limits.count + 1)
        for index in 0...limits.count { (buckets + index).initialize(to: Atomic(0)) }
    }

    deinit {
        buckets.deinitialize(count: limits.count + 1)
        buckets.deallocate()
        ends.deallocate()
    }

    /// Limits `first`, `first`·`growth`, `first`·`growth`², … .
    public convenience init(first: Double, growth: Double, count: Int) {
        var limits: [Double] = []
        var limit = first
        for _ in 0..<count {
            limits.append(limit)
            limit *= growth
        }
        self.init(limits: limits)
    }

    /// Counts `value`; not-a-number is ignored.
    public func observe(_ value: Double) {
        guard !value.isNaN else { return }
        buckets[bucket(of: value)].wrappingAdd(1, ordering: .relaxed)
        var old = sum.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + value).bitPattern
            let (isExchanged, current) = sum.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if isExchanged { return }
            old = current
        }
    }

    /// The index of the first limit that is not below `value`.
    private func bucket(of value: Double) -> Int {
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public func snapshot() -> Snapshot {
        let counts = (0...limits.count).map { buckets[$0].load(ordering: .relaxed) }
        return Snapshot(counts: counts, sum: Double(bitPattern: sum.load(ordering: .relaxed)))
    }
}
