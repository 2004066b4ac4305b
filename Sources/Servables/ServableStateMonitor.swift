import ServingCore

/// All versions that this process has seen, with their last state; ended ones are kept up to a limit per model.
public struct ServableStateMonitor: Sendable {
    private struct Record {
        var state: ServableVersionState
        /// Grows with every change, so that the version that ended first is forgotten first.
        var sequence: UInt64
    }

    private var records: [String: [Int64: Record]] = [:]
    /// Grows with every change.
    private(set) var sequence: UInt64 = 0
    private let keptEnds: Int
    /// What `takeChanges` has not taken yet, oldest first.
    private var changes: [ServableVersionState] = []

    /// - Parameter keptEnds: ended versions remembered per model.
    public init(keptEnds: Int = 100) { self.keptEnds = keptEnds }

    mutating func record(_ id: ServableID, _ state: ServableState, _ status: Status = .ok) {
        sequence += 1
        let entry = Record(
            state: ServableVersionState(id: id, state: state, status: status), sequence: sequence)
        records[id.name, default: [:]][id.version] = entry
        changes.append(entry.state)
        if state == .end { forgetOldest(of: id.name) }
    }

    /// What has changed since the last call, oldest first.
    mutating func takeChanges() -> [ServableVersionState] {
        defer { changes = [] }
        return changes
    }

    private mutating func forgetOldest(of name: String) {
        let ended = records[name, default: [:]].values.filter { $0.state.state == .end }
        guard ended.count > keptEnds, let oldest = ended.min(by: { $0.sequence < $1.sequence }) else { return }
        records[name]?[oldest.state.id.version] = nil
    }

    /// The versions of `name`, highest first; empty if none was ever seen.
    public func versions(of name: String) -> [ServableVersionState] {
        records[name, default: [:]].values.map(\.state).sorted { $0.id.version > $1.id.version }
    }

    public func state(of id: ServableID) -> ServableVersionState? { records[id.name]?[id.version]?.state }

    /// The names of all models seen, sorted.
    public var names: [String] { records.keys.sorted() }
}
