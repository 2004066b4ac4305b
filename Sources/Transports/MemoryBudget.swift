import Synchronization

/// How many bytes may be held at a time, shared by everything that holds some.
package final class MemoryBudget: Sendable {
    package let limit: Int
    private let used = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    /// Takes `byteCount` bytes; false, and nothing is taken, if they would exceed the limit.
    package func take(_ byteCount: Int) -> Bool {
        let before = used.wrappingAdd(byteCount, ordering: .relaxed).oldValue
        if byteCount <= limit - before { return true }
        give(byteCount)
        return false
    }

    package func give(_ byteCount: Int) { used.wrappingSubtract(byteCount, ordering: .relaxed) }

    package var bytesInUse: Int { used.load(ordering: .relaxed) }
}
