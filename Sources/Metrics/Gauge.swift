import Synchronization

/// A number that goes up and down; safe to change from any thread without a lock.
public final class Gauge: Sendable {
    private let number = Atomic<Int64>(0)

    public init() {}

    public func set(_ value: Int64) { number.store(value, ordering: .relaxed) }

    /// Adds `amount`, which may be negative; wraps around at the ends of 64 bits.
    public func add(_ amount: Int64) { number.wrappingAdd(amount, ordering: .relaxed) }

    public var value: Int64 { number.load(ordering: .relaxed) }
}
