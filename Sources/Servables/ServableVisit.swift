/// Keeps one version loaded for the time of one request, and is given back when the value ends. As `ServableHandle`, but with one
/// owner and without memory of its own.
public struct ServableVisit: ~Copyable, Sendable {
    private let version: ServedVersion
    /// Of the serving map in which the version was found.
    private let generation: UInt64

    /// Nil if the version is being unloaded.
    init?(_ version: ServedVersion, generation: UInt64 = 0) {
        guard version.enter() else { return nil }
        self.version = version
        self.generation = generation
    }

    /// Another visit of the same version, which cannot fail while `other` lasts.
    init(beside other: borrowing ServableVisit) {
        version = other.version
        generation = other.generation
        version.enterAgain()
    }

    deinit { version.leave() }

    public var id: ServableID { version.id }

    /// Valid as long as the visit; don't keep it longer.
    public var servable: any Servable { version.servable! }

    /// Finds the same version again for a request that asks for the same.
    public var ticket: ServableTicket { ServableTicket(version: version, generation: generation) }
}
