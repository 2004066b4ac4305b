import ServingCore

/// Which versions exist, are wanted, are served; a pure state machine that is told events and asked what to do.
///
/// Events change the state and mark the models that they concern; `decide` brings these models to where they should be:
/// first the labels move, then what is not needed goes, then what is wanted is loaded.
struct ManagerState {
    var models: [String: [Int64: Entry]] = [:]
    var monitor = ServableStateMonitor()
    let retry: RetryPolicy
    let transition: TransitionPolicy
    /// Versions of a model that stay in memory after others have replaced them.
    let keptVersions: Int

    /// Grows whenever the serving map becomes another one.
    var servingGeneration: UInt64 = 0
    /// Actions that events have called for, in the order in which they came up.
    var pending: [ManagerAction] = []
    /// The wanted versions of each model as they were told last.
    private var aspired: [String: [AspiredVersion]] = [:]
    /// Models that `decide` has to look at.
    private var touched: Set<String> = []
    /// When a model has to be looked at even if nothing happens before.
    private var wakes: [String: Instant] = [:]
    private var counter: UInt64 = 0

    var desiredLabels: [String: [String: Int64]] = [:]
    var effectiveLabels: [String: [String: Int64]] = [:]
    var allowsUnavailableLabels = false
    var troubles: [String: Status] = [:]
    /// nil: memory is not limited.
    var budget: Budget?

    init(
        retry: RetryPolicy = RetryPolicy(), transition: TransitionPolicy = .availabilityPreserving,
        keptVersions: Int = 0, budget: Budget? = nil
    ) {
        self.retry = retry
        self.transition = transition
        self.keptVersions = keptVersions
        self.budget = budget
    }

    // MARK: - Events

    /// False if `setAspired` with these versions would change nothing.
    func isNews(_ model: String, _ versions: [AspiredVersion]) -> Bool { (aspired[model] ?? []) != versions }

    /// Replaces the wanted versions of `model`.
    ///
    /// A version that is loaded from another directory or from other content is loaded anew, while its copy serves on.
    mutating func setAspired(_ model: String, _ versions: [AspiredVersion]) {
        guard isNews(model, versions) else { return }
        aspired[model] = versions.isEmpty ? nil : versions
        if versions.isEmpty { troubles[model] = nil }
        let sequence = next()
        let wanted = Set(versions.map(\.version))
        for (version, entry) in models[model] ?? [:] where entry.isAspired && !wanted.contains(version) {
            drop(ServableID(name: model, version: version), sequence)
        }
        for version in versions {
            want(
                ServableID(name: model, version: version.version),
                Content(path: version.path, fingerprint: version.fingerprint))
        }
        touch(model)
    }

    private mutating func drop(_ id: ServableID, _ sequence: UInt64) {
        change(id) { entry in
            entry.isAspired = false
            entry.dropped = sequence
            if !entry.isLoading { entry.attempt = .none }
        }
        let status = self[id]?.status ?? .ok
        forgetIfEmpty(id, status.isOK ? .ok : status)
    }

    private mutating func want(_ id: ServableID, _ content: Content) {
        guard let known = self[id] else {
            self[id] = Entry(content)
            return
        }
        if let copy = known.copy, !copy.isServed {
            if content.isCertainly(copy.content) { serveAgain(id) } else { free(id, endsService: false) }
        }
        change(id) { $0.want(content) }
    }

    // MARK: - Decisions

    /// What has to be done now, after any number of events.
    /// - Parameter usage: how the copies are used that are served.
    mutating func decide(at now: Instant, usage: UsageLookup = { _ in Usage() }) -> [ManagerAction] {
        for (name, instant) in wakes where instant <= now { touched.insert(name) }
        let isDue = budget?.wake.map { $0 <= now } == true
        guard !touched.isEmpty || isDue else { return takePending() }
        for name in touched.sorted() {
            moveLabels(of: name)
            retireUnneeded(name)
        }
        for name in admitted(touched.sorted(), at: now, usage) { startLoads(name, at: now) }
        for name in touched.sorted() {
            publishStates(of: name)
            // What is due and cannot begin waits for an event.
            wakes[name] = models[name]?.values.compactMap(\.wake).filter { $0 > now }.min()
        }
        touched = []
        return takePending()
    }

    private mutating func takePending() -> [ManagerAction] {
        defer { pending = [] }
        return pending
    }

    /// When `decide` has something to do even if nothing happens before.
    var nextDecision: Instant? { (Array(wakes.values) + [budget?.wake].compactMap(\.self)).min() }

    // MARK: - Parts

    subscript(id: ServableID) -> Entry? {
        get { models[id.name]?[id.version] }
        set {
            models[id.name, default: [:]][id.version] = newValue
            if models[id.name]!.isEmpty { models[id.name] = nil }
        }
    }

    /// Changes the entry of `id` where it is, if there is one.
    mutating func change(_ id: ServableID, _ body: (inout Entry) -> Void) {
        guard models[id.name]?[id.version] != nil else { return }
        body(&models[id.name]![id.version]!)
    }

    /// Has `decide` look at `model`.
    mutating func touch(_ model: String) { touched.insert(model) }

    /// A number that is higher than all before.
    mutating func next() -> UInt64 {
        counter += 1
        return counter
    }

    /// Drops the entry of a version that is not wanted and holds nothing; `status` says how it ended.
    mutating func forgetIfEmpty(_ id: ServableID, _ status: Status) {
        guard let entry = self[id], entry.isEmpty, !entry.isAspired else { return }
        self[id] = nil
        if monitor.state(of: id)?.state != .end { monitor.record(id, .end, status) }
    }
}
