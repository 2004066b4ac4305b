extension ServableManager {
    /// Calls `body` after anything that `isServed`, `isConfigured` or `isThroughFirstLoads` tell may have changed, on the
    /// thread that changed it and outside the lock. A later body replaces the earlier one; it must be quick.
    public func observe(_ body: @escaping @Sendable () -> Void) { control.withLock { $0.observer = body } }

    /// Whether some version of `model` is available, or is out of memory only until a request asks for it; nil if it has
    /// no version but ended ones.
    public func isServed(_ model: String) -> Bool? {
        let present = versions(of: model).filter { $0.state != .end }
        if isDormant(model) { return present.allSatisfy(\.status.isOK) }
        return present.isEmpty ? nil : present.contains { $0.state == .available }
    }

    /// Whether the configuration names `model`.
    public func isConfigured(_ model: String) -> Bool { control.withLock { $0.configured.contains(model) } }

    /// True if every configured model has been looked at and every version wanted by then was loaded, or tried in vain,
    /// once.
    public var isThroughFirstLoads: Bool { control.withLock { $0.firstLoads.isOver } }
}

extension ServableManager.Control {
    /// Grows or changes with everything that an observer is told of.
    struct Signs: Equatable {
        let changes: UInt64
        let isThroughFirstLoads: Bool
        let configurations: Int
    }

    var signs: Signs {
        Signs(
            changes: state.monitor.sequence, isThroughFirstLoads: firstLoads.isOver, configurations: configurations)
    }
}
