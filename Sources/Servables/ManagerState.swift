import ServingCore

/// What the manager is to do, in this order.
enum ManagerAction: Equatable {
    /// Start an attempt to load, on a load thread; `retry` counts from 1, 0 is the first attempt.
    case load(ServableID, path: String, retry: Int)
    /// Take the version out of the serving map, wait for its requests, free it.
    case unload(ServableID)
    case log(Log.Severity, String)
}

/// How an attempt to load ended.
enum LoadOutcome {
    /// `changed`: the files were not the same after the load as before it.
    case loaded(changed: Bool)
    case failed(Status, LoadFailureKind)
    /// It was not begun, because the version was not wanted any more.
    case cancelled
}

/// How often and when a failed load is tried again.
struct RetryPolicy {
    /// Attempts after the first one.
    var maximumRetries: Int = 5
    var interval: UInt64 = 60_000_000_000
    /// How long a version whose files are still arriving may stay unchanged before it is tried all the same.
    var incompleteInterval: UInt64 = 10_000_000_000
    /// Loads of files that change meanwhile which are thrown away before one is kept.
    var unsettledLoads: Int = 5
}

/// Which versions exist, are wanted, are served; a pure state machine that is told events and asked what to do.
///
/// The policy is availability-preserving: as long as any version of a model is wanted, its last good version is not
/// unloaded before a wanted one is ready.
struct ManagerState {
    enum Phase: Equatable {
        /// Waits for `decide` to start an attempt.
        case new
        case loading
        /// An attempt failed; the next one starts at the instant, or as soon as the files change.
        case waiting(until: Instant)
        case ready
        case unloading
        /// No further attempt until the files change.
        case failed
    }

    struct Entry {
        var path: String
        var isAspired = true
        var phase = Phase.new
        /// Attempts that count.
        var failures = 0
        var unsettledLoads = 0
        var status = Status.ok
        /// Of the files before the last attempt.
        var fingerprint: UInt64?

        var isUndecided: Bool { phase == .new || phase == .loading }
    }

    private(set) var models: [String: [Int64: Entry]] = [:]
    private(set) var monitor = ServableStateMonitor()
    /// Grows whenever a version begins or ceases to be served.
    private(set) var servingGeneration: UInt64 = 0
    private var log: [ManagerAction] = []
    private let retry: RetryPolicy

    init(retry: RetryPolicy = RetryPolicy()) { self.retry = retry }

    // MARK: - Events

    /// Replaces the wanted versions of `model`. A version that is loaded or being loaded keeps the directory it was
    /// found in; another attempt looks where it is now.
    mutating func setAspired(_ model: String, _ versions: [AspiredVersion]) {
        var entries = models[model] ?? [:]
        let wanted = Set(versions.map(\.version))
        for (version, entry) in entries where entry.isAspired && !wanted.contains(version) {
            entries[version]!.isAspired = false
            if drop(ServableID(name: model, version: version), entry) { entries[version] = nil }
        }
        for aspired in versions {
            let id = ServableID(name: model, version: aspired.version)
            if entries[aspired.version] == nil {
                entries[aspired.version] = Entry(path: aspired.path)
                monitor.record(id, .start)
            } else {
                entries[aspired.version]!.isAspired = true
                switch entries[aspired.version]!.phase {
                case .new, .waiting, .failed, .unloading: entries[aspired.version]!.path = aspired.path
                case .loading, .ready: break
                }
            }
        }
        models[model] = entries.isEmpty ? nil : entries
    }

    /// True if an unwanted version that holds nothing can be forgotten at once.
    private mutating func drop(_ id: ServableID, _ entry: Entry) -> Bool {
        switch entry.phase {
        case .new, .waiting:
            monitor.record(id, .end, entry.status)
            return true
        case .failed: return true
        case .loading, .ready, .unloading: return false
        }
    }

    /// Notes the files' fingerprint right before an attempt; false if the attempt is not wanted any more.
    mutating func loadStarted(_ id: ServableID, fingerprint: UInt64?) -> Bool {
        guard var entry = self[id], entry.phase == .loading else { return false }
        entry.fingerprint = fingerprint
        self[id] = entry
        return entry.isAspired
    }

    /// Takes the outcome of an attempt; false if what was loaded is not to be served and must be freed.
    mutating func loadFinished(_ id: ServableID, _ outcome: LoadOutcome, at now: Instant) -> Bool {
        guard var entry = self[id], entry.phase == .loading else { return false }
        switch outcome {
        case .loaded(let changed) where changed && entry.isAspired && entry.unsettledLoads < retry.unsettledLoads:
            entry.unsettledLoads += 1
            let status = Status.unavailable("The files of \(id) changed while they were being loaded")
            return notServed(id, entry, status, .incomplete, at: now)
        case .loaded:
            return loaded(id, entry)
        case .cancelled:
            entry.phase = .new
            self[id] = entry.isAspired ? entry : nil
            if !entry.isAspired { monitor.record(id, .end, ManagerState.cancelled) }
            return false
        case .failed(let status, let kind):
            return notServed(id, entry, status, kind, at: now)
        }
    }

    private static let cancelled = Status(.cancelled, "Loading of servable cancelled")

    private mutating func loaded(_ id: ServableID, _ loadedEntry: Entry) -> Bool {
        var entry = loadedEntry
        let entries = models[id.name] ?? [:]
        let isOnlyHope = entries.values.contains(where: \.isAspired) && !entries.values.contains { $0.phase == .ready }
        guard entry.isAspired || isOnlyHope else {
            self[id] = nil
            monitor.record(id, .end, ManagerState.cancelled)
            return false
        }
        entry.phase = .ready
        entry.status = .ok
        entry.failures = 0
        self[id] = entry
        servingGeneration += 1
        monitor.record(id, .available)
        log.append(.log(.info, "Successfully loaded servable version \(id)"))
        return true
    }

    private mutating func notServed(
        _ id: ServableID, _ attempted: Entry, _ status: Status, _ kind: LoadFailureKind, at now: Instant
    ) -> Bool {
        var entry = attempted
        let isNews = entry.status != status
        entry.status = status
        guard entry.isAspired else {
            self[id] = nil
            monitor.record(id, .end, status)
            return false
        }
        if kind == .incomplete {
            entry.phase = .waiting(until: now.advanced(byNanoseconds: retry.incompleteInterval))
            monitor.record(id, .loading, status)
            let text = "Servable version \(id) is not complete yet and will be looked at again: \(status)"
            if isNews { log.append(.log(.warning, text)) }
        } else {
            entry.failures += 1
            log.append(.log(.error, "Loading servable: \(id) failed: \(status)"))
            if kind == .permanent || entry.failures > retry.maximumRetries {
                entry.phase = .failed
                monitor.record(id, .end, status)
            } else {
                entry.phase = .waiting(until: now.advanced(byNanoseconds: retry.interval))
                monitor.record(id, .loading, status)
            }
        }
        self[id] = entry
        return false
    }

    mutating func unloadFinished(_ id: ServableID) {
        guard var entry = self[id], entry.phase == .unloading else { return }
        monitor.record(id, .end)
        log.append(.log(.info, "Successfully unloaded servable version \(id)"))
        if entry.isAspired {
            entry = Entry(path: entry.path)
            self[id] = entry
            monitor.record(id, .start)
        } else {
            self[id] = nil
        }
    }

    /// Versions whose files are worth a look, because a change of them calls for a new attempt.
    var inspected: [ServableID] {
        all { entry in
            guard entry.isAspired else { return false }
            if case .waiting = entry.phase { return true }
            return entry.phase == .failed
        }
    }

    /// Tells what the files of a version look like now; a change makes it new, with all its attempts.
    mutating func filesSeen(_ id: ServableID, fingerprint: UInt64?) {
        guard let fingerprint, var entry = self[id], entry.isAspired, entry.fingerprint != fingerprint else { return }
        switch entry.phase {
        case .waiting: break
        case .failed: monitor.record(id, .start)
        case .new, .loading, .ready, .unloading: return
        }
        entry.phase = .new
        entry.failures = 0
        self[id] = entry
    }

    // MARK: - Decisions

    /// What has to be done now, after any number of events.
    mutating func decide(at now: Instant) -> [ManagerAction] {
        var actions = log
        log = []
        for name in models.keys.sorted() {
            unloadUnneeded(name, into: &actions)
            startLoads(name, at: now, into: &actions)
        }
        return actions
    }

    private mutating func unloadUnneeded(_ name: String, into actions: inout [ManagerAction]) {
        let entries = models[name]!
        let unwanted = entries.filter { !$0.value.isAspired && $0.value.phase == .ready }.keys.sorted()
        let nothingIsWanted = !entries.values.contains(where: \.isAspired)
        let replacementIsReady = entries.values.contains { $0.isAspired && $0.phase == .ready }
        let spared = nothingIsWanted || replacementIsReady ? 0 : 1
        for version in unwanted.dropLast(spared) {
            let id = ServableID(name: name, version: version)
            models[name]![version]!.phase = .unloading
            servingGeneration += 1
            monitor.record(id, .unloading)
            actions.append(.log(.info, "Unloading servable version \(id)"))
            actions.append(.unload(id))
        }
    }

    private mutating func startLoads(_ name: String, at now: Instant, into actions: inout [ManagerAction]) {
        for (version, entry) in models[name]!.sorted(by: { $0.key > $1.key }) where entry.isAspired {
            let id = ServableID(name: name, version: version)
            switch entry.phase {
            case .new: break
            case .waiting(let until) where until <= now: break
            default: continue
            }
            models[name]![version]!.phase = .loading
            monitor.record(id, .loading, entry.status)
            if entry.failures > 0 {
                let text = "Retrying of Loading servable: \(id) retry: \(entry.failures)"
                actions.append(.log(.info, text))
            }
            actions.append(.load(id, path: entry.path, retry: entry.failures))
        }
    }

    /// When `decide` has something to do even if nothing happens before.
    var nextDecision: Instant? {
        models.values.joined().compactMap { entry in
            if case .waiting(let until) = entry.value.phase { until } else { nil }
        }.min()
    }

    // MARK: - Views

    subscript(id: ServableID) -> Entry? {
        get { models[id.name]?[id.version] }
        set {
            models[id.name, default: [:]][id.version] = newValue
            if models[id.name]!.isEmpty { models[id.name] = nil }
        }
    }

    private func all(where condition: (Entry) -> Bool) -> [ServableID] {
        models.flatMap { name, entries in
            entries.filter { condition($0.value) }.map { ServableID(name: name, version: $0.key) }
        }.sorted()
    }

    /// The versions that are served.
    var ready: [ServableID] { all { $0.phase == .ready } }

    /// True while some model has no version that is served or has failed for good, but one that is being loaded. Nobody
    /// waits for files that are still arriving, which they may do for ever, or for attempts after a failed one, which
    /// may be minutes away.
    var hasUndecidedModels: Bool {
        models.values.contains { entries in
            !entries.values.contains { $0.phase == .ready || $0.phase == .failed }
                && entries.values.contains(where: \.isUndecided)
        }
    }

    /// The highest version of `model` that has come to be served or failed for good, with its error; nil: none yet.
    func settled(_ model: String) -> (id: ServableID, status: Status)? {
        let entries = models[model] ?? [:]
        let done = entries.filter { $0.value.phase == .ready || $0.value.phase == .failed }
        guard let (version, entry) = done.max(by: { $0.key < $1.key }) else { return nil }
        return (ServableID(name: model, version: version), entry.status)
    }
}
