import CPlatform
import Glibc
import Metrics
import ServingCore
import Synchronization
import Threading

/// Loads the wanted versions, publishes those that are ready, unloads those that are not needed any more.
///
/// `ManagerState` decides; this class acts: loads on its load threads, frees on its unload threads, sleeps on its own
/// control thread until a retry is due. Requests meet it only through `ServingMapReader`.
public final class ServableManager: Sendable {
    /// Makes the loader of one attempt; called on a load thread or on the thread that polls.
    public typealias MakeLoader = @Sendable (_ id: ServableID, _ path: String) -> any Loader

    struct Control {
        var state: ManagerState
        /// What is loaded, by the numbers that the state gave.
        var copies: [UInt64: ServedVersion] = [:]
        var publishedGeneration: UInt64 = 0
        /// What is published.
        var map = ServingMap.empty
        var firstLoads = FirstLoads()
        /// The names of all configured models.
        var configured: Set<String> = []
        /// How often they have been set.
        var configurations = 0
        /// Told of changes.
        var observer: (@Sendable () -> Void)?
        /// Told of attempts to load.
        var loadObserver: (@Sendable (LoadReport) -> Void)?
        var history = StateHistory()
        var isStopped = false
    }

    let control: ConditionLock<Control>
    private let publisher = ServingMapPublisher()
    /// Spares requests for unknown models the lock; set after the map is published that belongs to it.
    let mayWait = Atomic<Bool>(false)
    private let makeLoader: MakeLoader
    private let clock: any Clock
    private let loadThreads: ThreadPool
    private let unloadThreads: ThreadPool
    /// Attempts to load that succeeded.
    public let successfulLoads = Counter()
    /// Attempts to load that failed.
    public let failedLoads = Counter()
    /// How often the storage of a model has ceased to be readable.
    public let storageTroubles = Counter()
    private let thread: ConditionLock<Thread?> = ConditionLock(nil)

    public init(
        options: ManagerOptions = ManagerOptions(), clock: any Clock = SystemClock(), makeLoader: @escaping MakeLoader
    ) {
        let state = ManagerState(
            retry: options.retryPolicy, transition: options.transition, keptVersions: max(0, options.keptVersions),
            budget: options.memoryBudget.map { ManagerState.Budget(byteLimit: $0, pinned: options.pinned) })
        control = ConditionLock(Control(state: state))
        self.clock = clock
        self.makeLoader = makeLoader
        loadThreads = ThreadPool(
            name: "load", threadCount: max(1, options.loadThreads), niceness: 19, stackBytes: 8 << 20)
        unloadThreads = ThreadPool(name: "unload", threadCount: max(1, options.unloadThreads), niceness: 19)
        thread.withLock { $0 = Thread(name: "manager", niceness: 5) { [self] in run() } }
    }

    /// Replaces the wanted versions of `model`; an empty list unloads all of them. Returns at once.
    public func setAspired(_ model: String, _ versions: [AspiredVersion]) {
        let isNews = control.withLock { $0.state.isNews(model, versions) || $0.firstLoads.contains(model) }
        guard isNews else { return }
        apply { control in
            control.firstLoads.sawBasePath(of: model)
            control.state.setAspired(model, versions)
        }
    }

    /// Replaces the labels of all models: model name to label to version. A label takes effect, in one step with the
    /// versions, as soon as its version is available; until then it points where it pointed.
    ///
    /// - Parameter allowingUnavailable: a label that is not in use for another version takes effect at once.
    public func setLabels(_ labels: [String: [String: Int64]], allowingUnavailable: Bool = false) {
        apply { $0.state.setLabels(labels, allowingUnavailable: allowingUnavailable) }
    }

    /// The labels of `model` that are not in effect, each with a FAILED_PRECONDITION in the reference's words.
    public func labelProblems(of model: String) -> [String: Status] {
        control.withLock { $0.state.labelProblems(of: model) }
    }

    /// Tells that the storage of `model` cannot be read, or (nil) that it can be read again. What is loaded serves on.
    public func setStorageTrouble(_ model: String, _ status: Status?) {
        let isNew = apply { control in
            let isNew = status != nil && control.state.troubles[model] == nil
            control.state.setStorageTrouble(model, status)
            return isNew
        }
        if isNew { storageTroubles.increment() }
    }

    /// A reader for one thread.
    public func makeReader() -> ServingMapReader { ServingMapReader(publisher) }

    /// The versions of `model` seen so far, highest first.
    public func versions(of model: String) -> [ServableVersionState] {
        control.withLock { $0.state.monitor.versions(of: model) }
    }

    /// What is known about one version; nil if it was never seen.
    public func state(of id: ServableID) -> ServableVersionState? {
        control.withLock { $0.state.monitor.state(of: id) }
    }

    /// The names of all models seen so far, sorted.
    public var names: [String] { control.withLock { $0.state.monitor.names } }

    /// Unloads everything and ends the threads, waiting for loads that run and for requests in flight.
    public func stop() {
        apply { control in
            control.state.setLabels([:], allowingUnavailable: false)
            for name in Array(control.state.models.keys) { control.state.setAspired(name, []) }
        }
        control.wait { $0.state.models.isEmpty ? () : nil }
        control.withLockNotifyingAll { $0.isStopped = true }
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
        loadThreads.stop()
        unloadThreads.stop()
    }

    // MARK: - Acting

    private var now: Instant { Instant(nanoseconds: clock.nanoseconds()) }

    /// Sleeps until a retry is due.
    private func run() {
        while true {
            let wake = control.withLock { $0.state.nextDecision?.nanoseconds ?? .max }
            let isStopped = control.wait(untilNanoseconds: wake) { control -> Bool? in
                if control.isStopped { return true }
                return (control.state.nextDecision?.nanoseconds ?? .max) == wake ? nil : false
            }
            if isStopped == true { return }
            apply { _ in }
        }
    }

    /// Changes the state, publishes the serving map if it is another one now, then acts outside the lock.
    @discardableResult
    func apply<R>(_ change: (inout Control) -> R) -> R {
        let now = now
        let (result, actions, retired, resumed, observer) = control.withLockNotifyingAll { control in
            let signs = control.signs
            let result = change(&control)
            let actions = control.decide(at: now)
            control.noteChanges()
            let retired = actions.compactMap { action -> ServedVersion? in
                guard case .unload(_, let copy) = action else { return nil }
                return control.copies.removeValue(forKey: copy)
            }
            if control.publishedGeneration != control.state.servingGeneration {
                control.publishedGeneration = control.state.servingGeneration
                control.map = control.makeServingMap()
                publisher.publish(control.map)
            }
            let resumed = control.takeResumed()
            mayWait.store(control.mayWait, ordering: .releasing)
            return (result, actions, retired, resumed, control.signs == signs ? nil : control.observer)
        }
        for action in actions {
            switch action {
            case .measure(let id, let path): loadThreads.submit { [self] in measure(id, path) }
            case .load(let attempt): loadThreads.submit { [self] in load(attempt) }
            case .unload: break
            case .log(let severity, let text): ServableManager.log(severity, text)
            }
        }
        for version in retired { version.retire() }
        for request in resumed { request.resume() }
        observer?()
        return result
    }

    private static func log(_ severity: Log.Severity, _ text: String) {
        switch severity {
        case .info: Log.info(text)
        case .warning: Log.warning(text)
        case .error, .fatal: Log.error(text)
        }
    }

    private func measure(_ id: ServableID, _ path: String) {
        let byteCount = makeLoader(id, path).estimatedByteCount()
        apply { $0.state.measured(id, path: path, byteCount: byteCount) }
    }

    private func load(_ attempt: LoadAttempt) {
        let loader = makeLoader(attempt.id, attempt.path)
        let fingerprint = loader.fingerprint()
        guard control.withLock({ $0.state.loadStarted(attempt, fingerprint: fingerprint) }) else {
            finish(attempt, .cancelled, nil)
            return
        }
        Log.info("Loading servable version \(attempt.id)")
        let start = now
        do throws(Status) {
            let servable = try loader.load { [self] in control.withLock { $0.state.isWanted(attempt) } }
            let version = ServedVersion(id: attempt.id, servable: servable) { [weak self] version in
                self?.unload(version, attempt.copy, loader)
            }
            report(attempt, .loaded, since: start)
            let changed = fingerprint != nil && loader.fingerprint() != fingerprint
            if !finish(attempt, .loaded(changed: changed, byteCount: servable.byteCount), version) {
                version.takeServable().map(loader.unload)
            }
        } catch {
            report(attempt, error == .loadingCancelled ? .cancelled : .failed(error), since: start)
            guard error != .loadingCancelled else {
                finish(attempt, .cancelled, nil)
                return
            }
            finish(attempt, .failed(error, loader.failureKind(of: error)), nil)
        }
    }

    private func report(_ attempt: LoadAttempt, _ outcome: LoadReport.Outcome, since start: Instant) {
        control.withLock({ $0.loadObserver })?(
            LoadReport(
                id: attempt.id, path: attempt.path, outcome: outcome, nanoseconds: now.nanoseconds(since: start)))
    }

    /// Reports the outcome; true if `version` is served from now on.
    @discardableResult
    private func finish(_ attempt: LoadAttempt, _ outcome: LoadOutcome, _ version: ServedVersion?) -> Bool {
        let now = now
        switch outcome {
        case .loaded: successfulLoads.increment()
        case .failed: failedLoads.increment()
        case .cancelled: break
        }
        return apply { control in
            let isServed = control.state.loadFinished(attempt, outcome, at: now)
            if isServed { control.copies[attempt.copy] = version }
            return isServed
        }
    }

    /// Called by the last user of a retired version, which must not pay for what follows.
    private func unload(_ version: ServedVersion, _ copy: UInt64, _ loader: any Loader) {
        unloadThreads.submit { [self] in
            ServableManager.free(version, loader)
            apply { $0.state.unloadFinished(version.id, copy: copy) }
        }
    }

    /// Frees the servable on this thread. A request that still holds a reference beside its handle is given a moment,
    /// so that its thread does not become the one that frees.
    private static func free(_ version: ServedVersion, _ loader: any Loader) {
        guard let servable = version.takeServable() else { return }
        loader.unload(servable)
        var last: AnyObject? = consume servable
        for _ in 0..<200 where !isKnownUniquelyReferenced(&last) { usleep(5_000) }
        last = nil
        cplatform_release_free_memory()
    }
}

extension ServableManager.Control {
    fileprivate mutating func decide(at now: Instant) -> [ManagerAction] {
        guard state.budget != nil else { return state.decide(at: now) }
        let copies = copies
        return state.decide(at: now) { number in
            let version = copies[number]
            return ManagerState.Usage(
                lastUsed: version?.lastUsed ?? Instant(nanoseconds: 0), requestsInFlight: version?.inFlight ?? 0)
        }
    }

    /// The map of what the state has served.
    fileprivate func makeServingMap() -> ServingMap {
        let served = state.served.map { copies[$0.copy]! }
        var latest: [String: Int64] = [:]
        for name in Set(served.map(\.id.name)) { latest[name] = state.latest(of: name) }
        return ServingMap(served, latest: latest, labels: state.effectiveLabels)
    }
}
