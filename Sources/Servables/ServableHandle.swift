/// Keeps one version loaded for the time of one request. It is given back when the last reference goes away.
public final class ServableHandle: Sendable {
    private let version: ServedVersion
    /// Of the serving map in which the version was found.
    private let generation: UInt64

    /// Nil if the version is being unloaded.
    init?(_ version: ServedVersion, generation: UInt64 = 0) {
        guard version.enter() else { return nil }
        self.version = version
        self.generation = generation
    }

    deinit { version.leave() }

    public var id: ServableID { version.id }

    /// Valid as long as the handle; don't keep it longer.
    public var servable: any Servable { version.servable! }

    /// Finds the same version again for a request that asks for the same.
    public var ticket: ServableTicket { ServableTicket(version: version, generation: generation) }
}

/// What a look-up has found, for the next one that asks for the same: good until the manager publishes a change.
///
/// It keeps nothing loaded, and may be kept for any time.
public struct ServableTicket: Sendable {
    let version: ServedVersion
    let generation: UInt64
}
