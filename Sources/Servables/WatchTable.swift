/// Which watched directories matter to which models. Several models may watch the same directory, which the system
/// numbers once.
struct WatchTable {
    private var keys: [Int32: Set<Int>] = [:]
    private var watches: [Int: Set<Int32>] = [:]

    /// The models to which a change in the directory with the number `watch` matters.
    func keys(of watch: Int32) -> Set<Int> { keys[watch] ?? [] }

    /// The directory with the number `watch` matters to the model `key`.
    mutating func add(_ watch: Int32, key: Int) {
        keys[watch, default: []].insert(key)
        watches[key, default: []].insert(watch)
    }

    /// Of all directories only `kept` matter to the model `key` from now on. Returns those that matter to nobody any
    /// more.
    mutating func keep(_ kept: Set<Int32>, key: Int) -> [Int32] {
        var unused: [Int32] = []
        for watch in (watches[key] ?? []).subtracting(kept) {
            keys[watch]?.remove(key)
            if keys[watch]?.isEmpty == true {
                keys[watch] = nil
                unused.append(watch)
            }
        }
        let left = (watches[key] ?? []).intersection(kept)
        watches[key] = left.isEmpty ? nil : left
        return unused.sorted()
    }

    /// The system has ended the watch of its own accord; returns the models to which it mattered.
    mutating func ended(_ watch: Int32) -> Set<Int> {
        let owners = keys.removeValue(forKey: watch) ?? []
        for key in owners {
            watches[key]?.remove(watch)
            if watches[key]?.isEmpty == true { watches[key] = nil }
        }
        return owners
    }

    /// Watched directories.
    var count: Int { keys.count }
}
