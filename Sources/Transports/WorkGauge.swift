import Synchronization

/// Counts calls or requests whose handler has not answered yet, for a whole server or for one connection.
package final class WorkGauge: Sendable {
    package let limit: Int
    private let current = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    /// Counts one more; false, and it is not counted, if there are as many as the limit allows.
    package func begin() -> Bool {
        let before = current.wrappingAdd(1, ordering: .relaxed).oldValue
        if before < limit { return true }
        end()
        return false
    }

    package func end() { current.wrappingSubtract(1, ordering: .relaxed) }

    package var count: Int { current.load(ordering: .relaxed) }
}
