/// Keeps one version loaded for the time of one request. It is given back when the last reference goes away.
public final class ServableHandle: Sendable {
    private let version: ServedVersion

    /// Nil if the version is being unloaded.
    init?(_ version: ServedVersion) {
        guard version.enter() else { return nil }
        self.version = version
    }

    deinit { version.leave() }

    public var id: ServableID { version.id }

    /// Valid as long as the handle; don't keep it longer.
    public var servable: any Servable { version.servable! }
}
