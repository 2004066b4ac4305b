/// Keeps one version loaded for the time of one request. It is given back when the last reference goes away.
public final class ServableHandle: Sendable {
    private let own: ServableVisit

    /// Nil if the version is being unloaded.
    init?(_ version: ServedVersion, generation: UInt64 = 0) {
        guard let visit = ServableVisit(version, generation: generation) else { return nil }
        own = visit
    }

    public var id: ServableID { own.id }

    /// Valid as long as the handle; don't keep it longer.
    public var servable: any Servable { own.servable }

    /// Finds the same version again for a request that asks for the same.
    public var ticket: ServableTicket { own.ticket }

    /// Keeps the same version loaded, also when the handle is gone.
    public func visit() -> ServableVisit { ServableVisit(beside: own) }
}

/// What a look-up has found, for the next one that asks for the same: good until the manager publishes a change.
///
/// It keeps nothing loaded, and may be kept for any time.
public struct ServableTicket: Sendable {
    let version: ServedVersion
    let generation: UInt64
}
