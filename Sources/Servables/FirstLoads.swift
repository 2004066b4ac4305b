import ServingCore

/// A request that came for a model before that model could answer anybody.
struct ParkedRequest: Sendable {
    let model: String
    let choice: VersionChoice
    let cancellation: CancellationFlag?
    /// Called once, when looking the model up again gives the final answer.
    let resume: @Sendable () -> Void
}

/// Models in their first load, and the requests that wait for them; a pure state machine.
///
/// A model is in its first load from the moment it is configured until its base path has been looked at and every version
/// wanted by then has been loaded, or tried in vain, once. After that a request for it never waits.
struct FirstLoads {
    private enum Progress {
        /// Nobody has looked at its base path yet.
        case unseen
        case loading
    }

    private var models: [String: Progress] = [:]
    private var parked: [ParkedRequest] = []
    /// Parked requests after which those that nobody waits for any more are thrown out.
    private var sweepAt = FirstLoads.smallestSweep
    private static let smallestSweep = 64

    /// Takes over the names of all configured models; those in `settled` have been through their first load.
    mutating func configure(_ names: Set<String>, settled: Set<String>) {
        models = models.filter { names.contains($0.key) }
        for name in names where models[name] == nil && !settled.contains(name) { models[name] = .unseen }
    }

    /// Tells that the base path of `model` has been looked at, whatever was found.
    mutating func sawBasePath(of model: String) {
        if models[model] == .unseen { models[model] = .loading }
    }

    /// True if no model is in its first load.
    var isOver: Bool { models.isEmpty }

    func contains(_ model: String) -> Bool { models[model] != nil }

    /// A model is loaded because a request asked for it, as if for the first time.
    mutating func begin(_ model: String) { models[model] = .loading }

    mutating func park(_ request: ParkedRequest) {
        if parked.count >= sweepAt {
            parked.removeAll { $0.cancellation?.isCancelled == true }
            sweepAt = max(FirstLoads.smallestSweep, 2 * parked.count)
        }
        parked.append(request)
    }

    /// Ends first loads that are over, and takes out the requests that have their answer now.
    /// - Parameters:
    ///   - isUndecided: whether some wanted version of the model has still to be tried for the first time.
    ///   - isServed: whether a request would find its version now.
    mutating func advance(
        isUndecided: (String) -> Bool, isServed: (ParkedRequest) -> Bool
    ) -> [ParkedRequest] {
        if !models.isEmpty { models = models.filter { $0.value == .unseen || isUndecided($0.key) } }
        guard !parked.isEmpty else { return [] }
        let ready = parked.filter { models[$0.model] == nil || isServed($0) }
        if !ready.isEmpty { parked.removeAll { models[$0.model] == nil || isServed($0) } }
        return ready
    }

    /// Requests that wait.
    var parkedCount: Int { parked.count }
}
