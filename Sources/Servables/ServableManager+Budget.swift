import ServingCore

/// Models that are in memory only while there is room for them or somebody asks for them.
extension ServableManager {
    /// Tells the order of the models in the configuration, in which they are given memory.
    public func setOrder(_ names: [String]) { apply { $0.state.setOrder(names) } }

    /// Whether `model` is not in memory for want of room; the next request for it has it loaded.
    public func isDormant(_ model: String) -> Bool { control.withLock { $0.state.isDormant(model) } }

    /// Has `model` loaded if it is dormant, whatever others have to go; true if it was.
    func demand(_ model: String) -> Bool {
        guard isDormant(model) else { return false }
        apply { $0.state.demand(model) }
        return true
    }
}
