import Synchronization

/// Counts the calls whose handler has not answered yet, for a whole server or for one connection.
final class WorkGauge: Sendable {
    let limit: Int
    private let current = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Counts one more; false, and it is not counted, if there are as many as the limit allows.
    func begin() -> Bool {
        let before = current.wrappingAdd(1, ordering: .relaxed).oldValue
        if before < limit { return true }
        end()
        return false
    }

    func end() { current.wrappingSubtract(1, ordering: .relaxed) }

    var count: Int { current.load(ordering: .relaxed) }
}
