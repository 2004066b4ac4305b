import Configuration

/// How one list of models differs from the one before.
struct ConfigurationChange: CustomStringConvertible {
    private let added: [String]
    private let changed: [String]
    private let removed: [String]

    init(from old: ModelServerConfiguration, to new: ModelServerConfiguration) {
        let before = Dictionary(old.models.map { ($0.name, $0) }) { first, _ in first }
        let names = Set(new.models.map(\.name))
        added = new.models.map(\.name).filter { before[$0] == nil }.sorted()
        changed = new.models.filter { model in before[model.name].map { $0 != model } ?? false }.map(\.name).sorted()
        removed = before.keys.filter { !names.contains($0) }.sorted()
    }

    var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

    /// The models whose outcome whoever asked for the change wants to know, sorted.
    var awaited: [String] { (added + changed).sorted() }

    var description: String {
        [("added", added), ("changed", changed), ("removed", removed)].filter { !$0.1.isEmpty }.map { kind, names in
            let more = names.count > 20 ? " and \(names.count - 20) more" : ""
            return "\(kind): \(names.prefix(20).joined(separator: ", "))\(more)"
        }.joined(separator: "; ")
    }
}
