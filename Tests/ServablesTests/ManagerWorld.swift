import ServingCore

@testable import Servables

/// SplitMix64, so that a failing sequence can be repeated from its seed.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Something that happens around a manager. What is picked is picked by number, so that a sequence keeps its meaning
/// when some of its events are taken away.
enum WorldEvent: Sendable {
    /// A version's folder appears, moves, or gets other content.
    case folder(model: String, version: Int64, path: String, fingerprint: UInt64)
    case folderGone(model: String, version: Int64)
    /// A look that cannot tell what the content is.
    case blindLook(model: String)
    case policy(model: String, VersionPolicy)
    /// The model is listed in the configuration, or not.
    case listed(model: String, Bool)
    case labels([String: [String: Int64]])
    case loadBegins(pick: Int)
    case loadEnds(pick: Int, Ending)
    case unloadEnds(pick: Int)
    case trouble(model: String, Bool)
    case time(UInt64)
    case measured(pick: Int)
    case demand(model: String)
    /// A request uses the latest version of the model; it ends at once, or stays in flight until another one comes.
    case request(model: String, stays: Bool)

    enum Ending: Sendable {
        case good, permanent, transient, incomplete
    }

    static func random(using random: inout SeededRandom) -> WorldEvent {
        let model = models[Int.random(in: 0..<models.count, using: &random)]
        let version = Int64.random(in: 1...4, using: &random)
        let pick = Int.random(in: 0..<1000, using: &random)
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<5:
            let path = Int.random(in: 0..<8, using: &random) == 0 ? "/other" : "/base"
            let fingerprint = UInt64.random(in: 1...3, using: &random)
            return .folder(model: model, version: version, path: path, fingerprint: fingerprint)
        case 5, 6: return .folderGone(model: model, version: version)
        case 7: return .blindLook(model: model)
        case 8: return .policy(model: model, policies[pick % policies.count])
        case 9: return .listed(model: model, Int.random(in: 0..<4, using: &random) > 0)
        case 10, 11: return .labels(labels(using: &random))
        case 12..<18: return .loadBegins(pick: pick)
        case 18..<24:
            let endings: [Ending] = [.good, .good, .good, .good, .permanent, .transient, .incomplete]
            return .loadEnds(pick: pick, endings[Int.random(in: 0..<endings.count, using: &random)])
        case 24..<28: return .unloadEnds(pick: pick)
        case 28: return .trouble(model: model, Bool.random(using: &random))
        case 29..<32: return .time(UInt64.random(in: 1...6, using: &random))
        case 32..<36: return .measured(pick: pick)
        case 36, 37: return .demand(model: model)
        default: return .request(model: model, stays: Bool.random(using: &random))
        }
    }

    static let models = ["a", "b", "c"]
    private static let policies: [VersionPolicy] = [
        .latest(1), .latest(1), .latest(2), .all, .specific([1]), .specific([2, 3]), .specific([]),
    ]

    private static func labels(using random: inout SeededRandom) -> [String: [String: Int64]] {
        var labels: [String: [String: Int64]] = [:]
        for model in models {
            for label in ["stable", "canary"] where Bool.random(using: &random) {
                labels[model, default: [:]][label] = Int64.random(in: 1...5, using: &random)
            }
        }
        return labels
    }
}

/// How a world is set up.
struct WorldSettings: Sendable {
    var transition: TransitionPolicy
    var keptVersions: Int
    var allowsUnavailableLabels: Bool
    /// In bytes; versions have 10 to 30.
    var budget: Int?
    var pinned: Set<String>

    init(seed: UInt64) {
        transition = seed % 4 == 3 ? .resourcePreserving : .availabilityPreserving
        keptVersions = Int(seed / 4 % 3)
        allowsUnavailableLabels = seed % 5 == 4
        budget = seed % 2 == 1 ? [35, 50, 80][Int(seed / 2 % 3)] : nil
        pinned = seed % 7 == 0 ? ["c"] : []
    }
}

/// Folders, loads and unloads around a `ManagerState`, and the promises that it must keep at every moment.
struct ManagerWorld {
    struct Folder {
        var path: String
        var fingerprint: UInt64
    }

    struct Load {
        let attempt: LoadAttempt
        /// Of the files when it began; nil: it is queued.
        var fingerprint: UInt64?
    }

    let settings: WorldSettings
    var state: ManagerState
    var now = Instant(nanoseconds: 0)
    var folders: [String: [Int64: Folder]] = ["a": [:], "b": [:], "c": [:]]
    var policies: [String: VersionPolicy] = [:]
    var unlisted: Set<String> = []
    var wanted: [String: Set<Int64>] = [:]
    var loads: [Load] = []
    /// Copies that were loaded and not yet freed, with what they were made from.
    var held: [UInt64: (id: ServableID, folder: Folder)] = [:]
    var leaving: [(id: ServableID, copy: UInt64)] = []
    var measuring: [(id: ServableID, path: String)] = []
    var usage: [UInt64: ManagerState.Usage] = [:]
    /// Models that have served something and of which something was wanted ever since.
    var mustServe: Set<String> = []
    var problems: [String] = []

    init(_ settings: WorldSettings) {
        self.settings = settings
        state = ManagerState(
            retry: RetryPolicy(maximumRetries: 2, interval: 5, incompleteInterval: 3, unsettledLoads: 2),
            transition: settings.transition, keptVersions: settings.keptVersions,
            budget: settings.budget.map { ManagerState.Budget(byteLimit: $0, pinned: settings.pinned) })
        state.setOrder(["b", "a"])
    }

    /// What a version takes, which its files do not tell exactly.
    static func size(_ folder: Folder, estimated: Bool = false) -> Int {
        Int(folder.fingerprint % 4) * 10 + (estimated ? 0 : Int(folder.fingerprint % 2) * 3)
    }

    mutating func check(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { problems.append(text()) }
    }

    // MARK: - Events

    mutating func happen(_ event: WorldEvent) {
        switch event {
        case .folder(let model, let version, let path, let fingerprint):
            folders[model]![version] = Folder(path: "\(path)/\(version)", fingerprint: fingerprint)
            look(model)
        case .folderGone(let model, let version):
            folders[model]![version] = nil
            look(model)
        case .blindLook(let model): look(model, isBlind: true)
        case .policy(let model, let policy):
            policies[model] = policy
            look(model)
        case .listed(let model, let isListed):
            if isListed { unlisted.remove(model) } else { unlisted.insert(model) }
            look(model)
        case .labels(let labels):
            let listed = labels.filter { !unlisted.contains($0.key) }
            state.setLabels(listed, allowingUnavailable: settings.allowsUnavailableLabels)
        case .loadBegins(let pick): begin(pick)
        case .loadEnds(let pick, let ending): end(pick, ending)
        case .unloadEnds(let pick): endUnload(pick)
        case .trouble(let model, let isTroubled):
            state.setStorageTrouble(model, isTroubled ? .unavailable("gone") : nil)
        case .time(let nanoseconds): now = now.advanced(byNanoseconds: nanoseconds)
        case .measured(let pick): measure(pick)
        case .demand(let model): state.demand(model)
        case .request(let model, let stays): request(model, stays: stays)
        }
        act()
    }

    /// Tells the state what is wanted of `model`, as the source does.
    mutating func look(_ model: String, isBlind: Bool = false) {
        let found = unlisted.contains(model) ? [:] : folders[model]!
        let versions = (policies[model] ?? .standard).select(from: Array(found.keys))
        wanted[model] = Set(versions)
        if versions.isEmpty { mustServe.remove(model) }
        if unlisted.contains(model) {
            state.setLabels(
                state.desiredLabels.filter { $0.key != model }, allowingUnavailable: settings.allowsUnavailableLabels)
        }
        state.setAspired(
            model,
            versions.map { version in
                let folder = found[version]!
                return AspiredVersion(
                    version: version, path: folder.path, fingerprint: isBlind ? nil : folder.fingerprint)
            })
    }

    /// What lies in the directory that an attempt reads; nil if nothing does.
    private func folder(_ attempt: LoadAttempt) -> Folder? {
        let folder = folders[attempt.id.name]?[attempt.id.version]
        return folder?.path == attempt.path ? folder : nil
    }

    mutating func begin(_ pick: Int) {
        let queued = loads.indices.filter { loads[$0].fingerprint == nil }
        guard !queued.isEmpty else { return }
        let index = queued[pick % queued.count]
        let attempt = loads[index].attempt
        if state.loadStarted(attempt, fingerprint: folder(attempt)?.fingerprint) {
            loads[index].fingerprint = folder(attempt)?.fingerprint ?? 0
        } else {
            loads.remove(at: index)
            check(!isWanted(attempt.id), "\(attempt.id) was refused although it is wanted")
            check(!state.loadFinished(attempt, .cancelled, at: now), "\(attempt.id) is served without a load")
        }
    }

    mutating func end(_ pick: Int, _ ending: WorldEvent.Ending) {
        let running = loads.indices.filter { loads[$0].fingerprint != nil }
        guard !running.isEmpty else { return }
        let load = loads.remove(at: running[pick % running.count])
        let attempt = load.attempt
        let before = load.fingerprint!
        let outcome: LoadOutcome =
            switch ending {
            case .good where before == 0: .failed(.notFound("no folder"), .permanent)
            case .good:
                .loaded(
                    changed: folder(attempt)?.fingerprint != before,
                    byteCount: ManagerWorld.size(Folder(path: attempt.path, fingerprint: before)))
            case .permanent: .failed(.dataLoss("x"), .permanent)
            case .transient: .failed(.unavailable("x"), .transient)
            case .incomplete: .failed(.unavailable("x"), .incomplete)
            }
        let isServed = state.loadFinished(attempt, outcome, at: now)
        if case .loaded = outcome {
            if isServed {
                let folder = Folder(path: attempt.path, fingerprint: before)
                check(held.updateValue((attempt.id, folder), forKey: attempt.copy) == nil, "a copy is loaded twice")
            }
        } else {
            check(!isServed, "\(attempt.id) is served although it failed")
        }
    }

    mutating func endUnload(_ pick: Int) {
        guard !leaving.isEmpty else { return }
        let (id, copy) = leaving.remove(at: pick % leaving.count)
        check(held.removeValue(forKey: copy) != nil, "copy \(copy) of \(id) is freed twice")
        state.unloadFinished(id, copy: copy)
    }

    mutating func measure(_ pick: Int) {
        guard !measuring.isEmpty else { return }
        let (id, path) = measuring.remove(at: pick % measuring.count)
        let folder = folders[id.name]?[id.version]
        state.measured(id, path: path, byteCount: folder.map { ManagerWorld.size($0, estimated: true) })
    }

    private mutating func request(_ model: String, stays: Bool) {
        guard let version = state.latest(of: model), let copy = self.state.models[model]?[version]?.copy else { return }
        usage[copy.number] = ManagerState.Usage(lastUsed: now, requestsInFlight: stays ? 1 : 0)
    }

    func isWanted(_ id: ServableID) -> Bool { wanted[id.name]?.contains(id.version) == true }

    // MARK: - Promises

    mutating func act() {
        let usage = usage
        for action in state.decide(at: now, usage: { usage[$0] ?? ManagerState.Usage() }) {
            switch action {
            case .measure(let id, let path):
                measuring.append((id, path))
            case .load(let attempt): checkLoad(attempt)
            case .unload(let id, let copy):
                check(held[copy]?.id == id, "\(id) is unloaded but copy \(copy) is not held")
                check(!leaving.contains { $0.copy == copy }, "copy \(copy) of \(id) is unloaded twice")
                leaving.append((id, copy))
            case .log: break
            }
        }
        checkService()
        checkLabels()
        checkMemory()
        checkBudget()
        if let wake = state.nextDecision { check(wake > now, "the next decision lies in the past") }
    }

    private mutating func checkLoad(_ attempt: LoadAttempt) {
        let id = attempt.id
        check(isWanted(id), "\(id) is loaded although it is not wanted")
        check(!loads.contains { $0.attempt.id == id }, "\(id) is being loaded already")
        check(!leaving.contains { $0.id == id }, "\(id) is loaded before its last copy is freed")
        if settings.transition == .resourcePreserving {
            let rest = state.ready.filter { $0.name == id.name && !isWanted($0) && !state.isLabelled($0) }
            check(rest.isEmpty, "\(id) is loaded before \(rest) are gone")
        }
        loads.append(Load(attempt: attempt))
    }

    private mutating func checkService() {
        for (id, copy) in state.served {
            check(held[copy]?.id == id, "\(id) is served from a copy that is not loaded")
            check(!leaving.contains { $0.copy == copy }, "\(id) is served from a copy that is being freed")
            check(state.monitor.state(of: id)?.state == .available, "\(id) is served but not AVAILABLE")
        }
        let ready = state.ready
        for name in WorldEvent.models {
            let served = ready.filter { $0.name == name }.map(\.version)
            let shown = state.monitor.versions(of: name).filter { $0.state == .available }.map(\.id.version)
            check(Set(shown) == Set(served), "\(name): \(shown) are AVAILABLE, \(served) are served")
            let good = served.filter { wanted[name]?.contains($0) == true }
            let latest = state.latest(of: name)
            check(good.isEmpty || latest == good.max(), "the latest of \(name) is \(latest ?? -1), not \(good)")
            check((latest == nil) == served.isEmpty, "the latest of \(name) is \(latest ?? -1)")
        }
        // With a budget a model may have to go for another one.
        guard settings.transition == .availabilityPreserving, settings.budget == nil else { return }
        let serving = Set(ready.map(\.name))
        check(mustServe.isSubset(of: serving), "a model that is wanted lost its last version")
        mustServe.formUnion(serving.filter { !(wanted[$0] ?? []).isEmpty })
    }

    private mutating func checkLabels() {
        let ready = Set(state.ready)
        for (name, labels) in state.effectiveLabels {
            for (label, version) in labels {
                check(state.desiredLabels[name]?[label] != nil, "\(label) of \(name) is not wanted any more")
                let isServed = ready.contains(ServableID(name: name, version: version))
                check(isServed || settings.allowsUnavailableLabels, "\(label) of \(name) points to nothing: \(version)")
            }
        }
        for (name, labels) in state.desiredLabels {
            for (label, version) in labels where ready.contains(ServableID(name: name, version: version)) {
                check(state.effectiveLabels[name]?[label] == version, "\(label) of \(name) is late")
            }
        }
    }

    private mutating func checkMemory() {
        for name in WorldEvent.models {
            let entries = state.models[name] ?? [:]
            let kept = entries.values.filter(\.isKept)
            check(kept.count <= settings.keptVersions, "\(kept.count) versions of \(name) are kept")
            check(kept.isEmpty || !(wanted[name] ?? []).isEmpty, "versions of \(name) are kept, but none is wanted")
            let idle = entries.filter { $0.value.isServed && !isWanted(ServableID(name: name, version: $0.key)) }
                .filter { !state.isLabelled(ServableID(name: name, version: $0.key)) }
            check(idle.count <= 1, "more than one version of \(name) is served that nobody wants")
        }
        let known = Set(state.models.values.joined().compactMap(\.value.copy?.number)).union(leaving.map(\.copy))
        check(Set(held.keys) == known, "what is held and what is known differ")
    }

    /// What is served fits, save what a model's running load is going to replace.
    private mutating func checkBudget() {
        guard let budget = settings.budget else { return }
        var sum = 0
        for name in state.models.keys {
            let entries = state.models[name]!
            let isReplacing = entries.values.contains { $0.isAspired && $0.isLoading }
            for (version, entry) in entries where entry.isServed {
                let isLabelled = state.isLabelled(ServableID(name: name, version: version))
                let isReplaced = entry.isAspired ? entry.isLoading : isReplacing && !isLabelled
                sum += isReplaced ? 0 : entry.copy!.byteCount
            }
        }
        check(sum <= budget, "\(sum) bytes are served with a budget of \(budget)")
        for name in settings.pinned { check(!evicted.contains(name), "\(name) had to go although it is pinned") }
    }

    /// Models without any served version one of whose versions had to go for another model.
    private var evicted: Set<String> {
        Set(
            state.models.filter { $0.value.values.contains { $0.isDormant && $0.status.message.contains("make room") } }
                .keys)
    }

    // MARK: - The end

    /// Lets everything that runs come to a good end.
    mutating func settle() {
        for name in WorldEvent.models { look(name) }
        act()
        for _ in 0..<60 {
            while loads.contains(where: { $0.fingerprint == nil }) { begin(0) }
            act()
            while loads.contains(where: { $0.fingerprint != nil }) { end(0, .good) }
            act()
            while !leaving.isEmpty { endUnload(0) }
            while !measuring.isEmpty { measure(0) }
            now = now.advanced(byNanoseconds: ManagerState.Budget.grace)
            act()
        }
        check(loads.isEmpty && leaving.isEmpty && measuring.isEmpty, "the world does not come to rest")
    }

    /// What must be true when the world has been quiet for long.
    mutating func checkRest() {
        for name in WorldEvent.models {
            let served = Set(state.ready.filter { $0.name == name }.map(\.version))
            let wanted = wanted[name] ?? []
            // A folder whose load failed for good stays out until it changes; everything else is there.
            let broken = (state.models[name] ?? [:]).filter { $0.value.attempt == .failed || $0.value.isDormant }
            check(
                wanted.subtracting(broken.keys).isSubset(of: served),
                "\(wanted) of \(name) are wanted, \(served) served")
            for version in served.subtracting(wanted) {
                let isLabelled = state.isLabelled(ServableID(name: name, version: version))
                let isOnlyOne = wanted.isDisjoint(with: served) && !wanted.isEmpty
                check(isLabelled || isOnlyOne, "version \(version) of \(name) is served for nothing")
            }
            for version in wanted.intersection(served).subtracting(broken.keys) {
                let copy = state.models[name]![version]!.copy!.number
                let (folder, made) = (folders[name]![version]!, held[copy]!.folder)
                check(
                    folder.path == made.path && folder.fingerprint == made.fingerprint,
                    "\(name) \(version) is served from \(made), but its folder is \(folder)")
            }
        }
    }
}
