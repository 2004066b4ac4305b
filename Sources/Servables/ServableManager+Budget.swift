import ServingCore

/// Models that are in memory only while there is room for them or somebody asks for them.
extension ServableManager {
    /// What becomes of a model that a request has asked for.
    public enum Demand: Sendable, Hashable {
        /// It has no memory to wait for: what a look-up finds stands.
        case none
        /// It is being loaded, or will be as soon as others have made room. Its versions' states tell how that ends.
        case coming
        /// RESOURCE_EXHAUSTED: nothing can go that would make enough room.
        case refused(Status)
    }

    /// Tells the order of the models in the configuration, in which they are given memory.
    public func setOrder(_ names: [String]) { apply { $0.state.setOrder(names) } }

    /// Asks for `model`, which is loaded now if it is dormant, whatever others have to go. Returns at once.
    public func demand(_ model: String) -> Demand {
        guard control.withLock({ $0.state.isDormant(model) }) else {
            return control.withLock { $0.state.isComing(model) } ? .coming : .none
        }
        apply { $0.state.demand(model) }
        return control.withLock { control in
            guard control.state.isDormant(model) else { return .coming }
            let refusal = control.state.settled(model)?.status ?? .ok
            return refusal.isOK ? .coming : .refused(refusal)
        }
    }

    /// Whether `model` is not in memory for want of room, so that a request has to demand it.
    public func isDormant(_ model: String) -> Bool { control.withLock { $0.state.isDormant(model) } }
}
