/// The last changes of versions' states.
struct StateHistory {
    /// One change.
    struct Entry: Hashable {
        let state: ServableVersionState
        /// Milliseconds since 1970.
        let milliseconds: Int64
    }

    private(set) var entries: [Entry] = []
    private let limit: Int

    /// - Parameter limit: older ones are forgotten.
    init(limit: Int = 256) { self.limit = limit }

    /// Takes note of changes, oldest first, that happened just now.
    mutating func append(_ states: [ServableVersionState], at milliseconds: Int64) {
        entries += states.suffix(limit).map { Entry(state: $0, milliseconds: milliseconds) }
        entries.removeFirst(max(0, entries.count - limit))
    }
}
