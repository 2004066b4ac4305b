import ServingCore

/// A change of the state of a version.
public struct ServableStateChange: Sendable, Hashable {
    public let state: ServableVersionState
    /// When it happened, milliseconds since 1970.
    public let milliseconds: Int64
}

extension ServableManager {
    /// The last few hundred changes of versions' states, oldest first.
    public var recentChanges: [ServableStateChange] {
        control.withLock { control in
            control.history.entries.map { ServableStateChange(state: $0.state, milliseconds: $0.milliseconds) }
        }
    }

    /// The labels of `model` that are in effect, and their versions.
    public func labels(of model: String) -> [String: Int64] {
        control.withLock { $0.state.effectiveLabels[model] ?? [:] }
    }

    /// The names of all configured models and of those that were, sorted.
    public var knownNames: [String] {
        control.withLock { Set($0.state.monitor.names).union($0.configured).sorted() }
    }
}

extension ServableManager.Control {
    /// Moves what has changed into the history.
    mutating func noteChanges() {
        let changes = state.monitor.takeChanges()
        guard !changes.isEmpty else { return }
        history.append(changes, at: WallClock.milliseconds())
    }
}
