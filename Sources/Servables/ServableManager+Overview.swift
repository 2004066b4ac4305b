import ServingCore

/// What a manager has to do with at one moment.
public struct ServableOverview: Sendable {
    /// A version in memory that is served.
    public struct Loaded: Sendable, Hashable {
        public let id: ServableID
        /// See `Servable.byteCount`; of all copies.
        public let byteCount: Int
        public let requestsInFlight: Int
    }

    /// The names of all configured models, sorted.
    public var configured: [String]
    /// Those of them that have not been through their first load, sorted.
    public var unsettled: [String]
    /// The versions of all models seen, highest first.
    public var versions: [String: [ServableVersionState]]
    /// Sorted by name and version.
    public var loaded: [Loaded]
    /// The models that are not in memory until a request asks for them.
    public var dormant: Set<String>
    /// Requests that wait for the first load of their model.
    public var waitingRequests: Int

    /// Whether requests to `model` are answered: a version is available, or is loaded when it is asked for.
    public func isServed(_ model: String) -> Bool {
        if dormant.contains(model) { return true }
        return versions[model]?.contains { $0.state == .available } == true
    }
}

extension ServableManager {
    /// Everything at one moment.
    public var overview: ServableOverview {
        control.withLock { control in
            let names = Set(control.state.monitor.names).union(control.configured)
            // There may be two copies of a version while one takes the place of the other.
            var loaded: [ServableID: ServableOverview.Loaded] = [:]
            for copy in control.copies.values {
                loaded[copy.id] = ServableOverview.Loaded(
                    id: copy.id, byteCount: copy.byteCount &+ (loaded[copy.id]?.byteCount ?? 0),
                    requestsInFlight: copy.inFlight &+ (loaded[copy.id]?.requestsInFlight ?? 0))
            }
            return ServableOverview(
                configured: control.configured.sorted(),
                unsettled: control.configured.filter { control.firstLoads.contains($0) }.sorted(),
                versions: Dictionary(uniqueKeysWithValues: names.map { ($0, control.state.monitor.versions(of: $0)) }),
                loaded: loaded.values.sorted { $0.id < $1.id }, dormant: names.filter { control.state.isDormant($0) },
                waitingRequests: control.firstLoads.parkedCount)
        }
    }
}
