/// A point on the monotonic clock, in nanoseconds.
public struct Instant: Sendable, Hashable, Comparable {
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// The instant `nanoseconds` later; saturates instead of overflowing.
    public func advanced(byNanoseconds delta: UInt64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    /// Nanoseconds from `earlier` to this instant; zero if `earlier` is later.
    public func nanoseconds(since earlier: Instant) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }
}

/// The instant by which a call must be answered, or `never`.
public struct Deadline: Sendable, Hashable, Comparable {
    public let instant: Instant

    public init(_ instant: Instant) { self.instant = instant }

    public static let never = Deadline(Instant(nanoseconds: .max))

    public var isNever: Bool { self == .never }

    public static func < (a: Deadline, b: Deadline) -> Bool { a.instant < b.instant }

    public func hasPassed(at now: Instant) -> Bool { instant <= now }
}
