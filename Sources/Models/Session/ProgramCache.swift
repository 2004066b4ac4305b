/// Things that are costly to make, by what they were made for; those that were not used for the longest time go first.
struct ProgramCache<Key: Hashable, Value> {
    private struct Entry {
        let value: Value
        let cost: Int
        var lastUse: UInt64
    }

    private let capacity: Int
    private let costLimit: Int
    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    /// What all entries cost together.
    private(set) var cost = 0

    /// - Parameters:
    ///   - capacity: the most entries.
    ///   - costLimit: the most that all entries may cost together, unless there is only one.
    init(capacity: Int, costLimit: Int) {
        self.capacity = capacity
        self.costLimit = costLimit
    }

    var count: Int { entries.count }

    /// The value for `key`, which counts as used now.
    mutating func value(for key: Key) -> Value? {
        clock += 1
        entries[key]?.lastUse = clock
        return entries[key]?.value
    }

    /// Adds a value, which stays at least until the next one comes; returns those that had to go.
    mutating func insert(_ value: Value, for key: Key, cost added: Int) -> [Value] {
        var gone = remove(key).map { [$0] } ?? []
        while let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }),
            entries.count >= capacity || cost > costLimit - min(added, costLimit)
        {
            if let value = remove(oldest.key) { gone.append(value) }
        }
        clock += 1
        let bounded = max(0, min(added, costLimit))
        entries[key] = Entry(value: value, cost: bounded, lastUse: clock)
        cost += bounded
        return gone
    }

    private mutating func remove(_ key: Key) -> Value? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        cost -= entry.cost
        return entry.value
    }
}
