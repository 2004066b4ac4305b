/// What calls of one kind took together, in nanoseconds.
public struct Totals: Sendable, Equatable {
    public private(set) var count = 0
    /// With everything that the calls called in turn.
    public private(set) var total: UInt64 = 0
    /// Without that.
    public private(set) var own: UInt64 = 0
    /// Of the totals.
    public private(set) var shortest: UInt64 = .max
    public private(set) var longest: UInt64 = 0

    public init() {}

    /// The total of one call on average; 0 without any.
    public var mean: UInt64 { count == 0 ? 0 : total / UInt64(count) }

    mutating func add(total nanoseconds: UInt64, own: UInt64) {
        count += 1
        total &+= nanoseconds
        self.own &+= own
        shortest = min(shortest, nanoseconds)
        longest = max(longest, nanoseconds)
    }

    mutating func add(_ other: Totals) {
        count += other.count
        total &+= other.total
        own &+= other.own
        shortest = min(shortest, other.shortest)
        longest = max(longest, other.longest)
    }
}
