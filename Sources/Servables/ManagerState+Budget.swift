import ServingCore

/// The memory budget: which models are in memory when not all of them fit.
///
/// All copies count, and loads that run count with their estimate. One thing does not: the copies of a model that its own
/// running load is going to replace, so that a model may exceed the budget by its old versions while it is upgraded.
/// A model that does not fit is dormant: it is loaded as soon as there is room, or when it is demanded, for which others
/// have to go. What cannot be loaded again does not go: versions that are not wanted any more, that a label points to, or
/// whose storage or content has changed for the worse.
extension ManagerState {
    struct Budget {
        let byteLimit: Int
        /// Models that are never unloaded to make room.
        let pinned: Set<String>
        /// The place of each model in the configuration.
        var order: [String: Int] = [:]
        /// Dormant models that requests have asked for.
        var demanded: Set<String> = []
        /// When a model that was loaded a moment ago may go again.
        var wake: Instant?

        /// Sizes are cut to this, so that their sums cannot overflow.
        static let largestSize = 1 << 50
        /// How long a model stays that has not been used since it was loaded, so that those who demanded it get it.
        static let grace: UInt64 = 1_000_000_000
    }

    /// How a copy is used.
    struct Usage {
        var lastUsed = Instant(nanoseconds: 0)
        var requestsInFlight = 0
    }

    /// Tells how copies are used, by their numbers.
    typealias UsageLookup = (UInt64) -> Usage

    // MARK: - Events

    /// Takes over the models in the order of the configuration, in which they get their memory.
    mutating func setOrder(_ names: [String]) {
        budget?.order = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// Asks for a dormant model, for which others may have to go; has no effect on any other model.
    mutating func demand(_ name: String) {
        guard budget != nil, isDormant(name) else { return }
        budget?.demanded.insert(name)
        for version in models[name]!.keys {
            change(ServableID(name: name, version: version)) { $0.wakeUp() }
        }
        touch(name)
    }

    /// Takes the size of the files of a version, which was asked for by an action; nil: they cannot be looked at.
    mutating func measured(_ id: ServableID, path: String, byteCount: Int?) {
        touch(id.name)
        change(id) { entry in
            entry.isMeasuring = false
            if entry.wanted.path == path { entry.size = min(byteCount ?? 0, Budget.largestSize) }
        }
    }

    /// Whether nothing of `name` is served or coming because there was no room for it.
    func isDormant(_ name: String) -> Bool {
        guard let entries = models[name]?.values, !entries.contains(where: \.isServed) else { return false }
        return entries.contains { $0.isAspired && $0.isDormant } && !entries.contains { $0.isAspired && $0.isUndecided }
    }

    /// Whether nothing of `name` is served, but a first attempt to load it is under way or waits for room.
    func isComing(_ name: String) -> Bool {
        guard let entries = models[name]?.values, !entries.contains(where: \.isServed) else { return false }
        return entries.contains { $0.isAspired && $0.isUndecided }
    }

    // MARK: - Decisions

    /// The models whose loads may start now.
    mutating func admitted(_ touched: [String], at now: Instant, _ usage: UsageLookup) -> [String] {
        guard budget != nil else { return touched }
        budget!.wake = nil
        enforceLimit(at: now, usage)
        var admitted: [String] = []
        var reserved = 0
        let pending = models.filter { $0.value.values.contains { $0.isAspired && $0.isDue(at: now) } }.keys
        for name in pending.sorted(by: { rank($0) < rank($1) }) {
            switch admit(name, reserved: reserved, at: now, usage) {
            case .now(let bytes):
                admitted.append(name)
                reserved += bytes
            case .later(let bytes): reserved += bytes
            case .notNow: break
            }
        }
        return admitted
    }

    private enum Admission {
        case now(bytes: Int)
        /// Room is being made.
        case later(bytes: Int)
        case notNow
    }

    private struct Rank: Comparable {
        let group: Int
        let place: Int
        let name: String

        static func < (a: Rank, b: Rank) -> Bool { (a.group, a.place, a.name) < (b.group, b.place, b.name) }
    }

    /// Demanded models come first, then pinned ones, then those that are served already, then all others.
    private func rank(_ name: String) -> Rank {
        let groups = [budget!.demanded.contains(name), budget!.pinned.contains(name), isActive(name), true]
        return Rank(group: groups.firstIndex(of: true)!, place: budget!.order[name] ?? .max, name: name)
    }

    private func isActive(_ name: String) -> Bool { models[name]?.values.contains(where: \.isServed) == true }

    /// Decides about all due versions of `name` together.
    private mutating func admit(
        _ name: String, reserved: Int, at now: Instant, _ usage: UsageLookup
    ) -> Admission {
        let due = models[name]!.filter { $0.value.isAspired && $0.value.isDue(at: now) }.keys.sorted()
        guard measure(name, due) else { return .notNow }
        let need = due.reduce(0) { $0 + models[name]![$1]!.size! }
        let own = bytesThatStay(name, startingLoadsAt: now)
        let limit = budget!.byteLimit
        guard need + own <= limit else {
            for version in due { refuse(ServableID(name: name, version: version), need + own) }
            budget!.demanded.remove(name)
            return .notNow
        }
        let others = models.keys.filter { $0 != name }.reduce(0) { $0 + bytes(of: $1) }
        var total = need + own + bytesKept(name) + others + reserved
        let mayDisplace = budget!.demanded.contains(name) || budget!.pinned.contains(name) || isActive(name)
        if total > limit {
            let excess = total - limit
            guard let freed = makeRoom(for: name, bytes: excess, evicting: mayDisplace, at: now, usage) else {
                if budget!.wake != nil && mayDisplace || mayDisplace && isInMotion(besides: name) {
                    return .later(bytes: need)
                }
                setDormant(name, due, need, isRefused: mayDisplace)
                return .notNow
            }
            total -= freed
        }
        guard total + bytesLeaving <= limit else { return .later(bytes: need) }
        budget!.demanded.remove(name)
        for version in due { change(ServableID(name: name, version: version)) { $0.wakeUp() } }
        return .now(bytes: need)
    }

    /// Has the due versions measured that are not yet; true if all are.
    private mutating func measure(_ name: String, _ versions: [Int64]) -> Bool {
        var isComplete = true
        for version in versions where models[name]![version]!.size == nil {
            isComplete = false
            let entry = models[name]![version]!
            guard !entry.isMeasuring else { continue }
            models[name]![version]!.isMeasuring = true
            pending.append(.measure(ServableID(name: name, version: version), path: entry.wanted.path))
        }
        return isComplete
    }

    private mutating func refuse(_ id: ServableID, _ bytes: Int) {
        let status = exceeded(id, bytes)
        pending.append(.log(.error, "Loading servable: \(id) failed: \(status)"))
        change(id) { entry in
            entry.attempt = .failed
            entry.attempted = entry.wanted
            entry.isDormant = false
            entry.status = status
        }
        touch(id.name)
    }

    /// The error of a version that does not fit into the budget, whatever goes.
    func exceeded(_ id: ServableID, _ bytes: Int) -> Status {
        .resourceExhausted(
            "\(id) needs about \(ManagerState.megabytes(bytes)) together with what has to stay beside it; the memory "
                + "budget is \(ManagerState.megabytes(budget?.byteLimit ?? 0))")
    }

    private mutating func setDormant(_ name: String, _ versions: [Int64], _ bytes: Int, isRefused: Bool) {
        budget!.demanded.remove(name)
        let limit = ManagerState.megabytes(budget!.byteLimit)
        let size = ManagerState.megabytes(bytes)
        let status =
            isRefused
            ? Status.resourceExhausted(
                "there is no room for about \(size) in the memory budget of \(limit), and nothing that could go")
            : Status(
                .ok, "not loaded: about \(size) do not fit into the memory budget of \(limit) now; a request loads it")
        for version in versions {
            change(ServableID(name: name, version: version)) { entry in
                entry.isDormant = true
                entry.status = status
            }
        }
        touch(name)
    }

    private static func megabytes(_ bytes: Int) -> String {
        bytes % 1_048_576 == 0 ? "\(bytes / 1_048_576) MiB" : "\(bytes / 1_048_576 + 1) MiB"
    }

    // MARK: - Making room

    /// Lets go of what has become too large.
    private mutating func enforceLimit(at now: Instant, _ usage: UsageLookup) {
        let used = models.keys.reduce(0) { $0 + bytesThatStay($1) + bytesKept($1) }
        guard used > budget!.byteLimit else { return }
        _ = makeRoom(for: nil, bytes: used - budget!.byteLimit, evicting: true, at: now, usage)
    }

    /// Takes at least `bytes` out of service, kept copies first, then the models that were used longest ago.
    /// - Returns: how much; nil if that is not possible now, and nothing was done.
    private mutating func makeRoom(
        for name: String?, bytes: Int, evicting: Bool, at now: Instant, _ usage: UsageLookup
    ) -> Int? {
        var freed = 0
        let kept = all(where: \.isKept).sorted { self[$0]!.copy!.sequence < self[$1]!.copy!.sequence }
        var victims: [ServableID] = []
        for id in kept where freed < bytes {
            victims.append(id)
            freed += self[id]!.copy!.byteCount
        }
        var models: [String] = []
        if freed < bytes && evicting {
            for model in evictable(besides: name, at: now, usage) where freed < bytes {
                models.append(model)
                freed += self.models[model]!.values.reduce(0) { $0 + ($1.isServed ? $1.copy!.byteCount : 0) }
            }
        }
        guard freed >= bytes else { return nil }
        for id in victims { free(id, endsService: false) }
        for model in models { evict(model, for: name) }
        return freed
    }

    /// The models that can go, in the order in which they should.
    private mutating func evictable(besides name: String?, at now: Instant, _ usage: UsageLookup) -> [String] {
        var found: [(name: String, isBusy: Bool, lastUsed: Instant)] = []
        for candidate in models.keys where candidate != name && canBeLoadedAgain(candidate) {
            let copies = models[candidate]!.values.compactMap { $0.isServed ? $0.copy : nil }
            let uses = copies.map { usage($0.number) }
            let served = copies.map(\.servedAt).max()!
            let used = uses.map(\.lastUsed).max()!
            let isBusy = uses.contains { $0.requestsInFlight > 0 }
            let end = served.advanced(byNanoseconds: Budget.grace)
            if name != nil && used <= served && now < end {
                budget!.wake = min(budget!.wake ?? end, end)
                continue
            }
            found.append((candidate, isBusy, max(served, used)))
        }
        return found.sorted { ($0.isBusy ? 1 : 0, $0.lastUsed, $0.name) < ($1.isBusy ? 1 : 0, $1.lastUsed, $1.name) }
            .map(\.name)
    }

    /// Whether everything that is served of `name` would come back with a load, and nothing of it is on its way.
    private func canBeLoadedAgain(_ name: String) -> Bool {
        guard !budget!.pinned.contains(name), troubles[name] == nil, isActive(name) else { return false }
        return models[name]!.allSatisfy { version, entry in
            guard entry.isServed else { return !entry.isLoading }
            return entry.isAspired && entry.attempt == .none && !isLabelled(ServableID(name: name, version: version))
        }
    }

    private mutating func evict(_ name: String, for other: String?) {
        let reason = other.map { "model \($0)" } ?? "what has grown"
        for (version, entry) in models[name]! where entry.isServed {
            let id = ServableID(name: name, version: version)
            pending.append(.log(.info, "Unloading servable version \(id) to make room for \(reason)"))
            let size = entry.copy!.byteCount
            free(id, endsService: true)
            change(id) { entry in
                entry.renew()
                entry.size = size
                entry.isDormant = true
                entry.status = Status(.ok, "not loaded: it had to make room for \(reason); a request loads it")
            }
        }
        touch(name)
    }

    // MARK: - Counting

    /// What `name` holds, and will hold when its loads have ended, without what is leaving.
    private func bytes(of name: String) -> Int {
        models[name]!.values.reduce(0) { $0 + ($1.copy?.byteCount ?? 0) + ($1.isLoading ? $1.size ?? 0 : 0) }
    }

    private func bytesKept(_ name: String) -> Int {
        models[name]!.values.reduce(0) { $0 + ($1.isKept ? $1.copy!.byteCount : 0) }
    }

    /// What `name` will hold when its loads have replaced what they are there to replace.
    /// - Parameter next: when the loads that are due begin, too, but do not count themselves; nil: they do not.
    func bytesThatStay(_ name: String, startingLoadsAt next: Instant? = nil) -> Int {
        func isNew(_ entry: Entry) -> Bool { entry.isLoading || next.map { entry.isDue(at: $0) } == true }
        let isReplacing = models[name]!.values.contains { $0.isAspired && isNew($0) }
        return models[name]!.reduce(0) { sum, element in
            let (version, entry) = element
            let loading = entry.isLoading ? entry.size ?? 0 : 0
            guard let copy = entry.copy, copy.isServed else { return sum + loading }
            let isReplaced =
                entry.isAspired
                ? isNew(entry)
                : isReplacing && !isLabelled(ServableID(name: name, version: version))
            return sum + loading + (isReplaced ? 0 : copy.byteCount)
        }
    }

    private var bytesLeaving: Int {
        models.values.joined().reduce(0) { $0 + $1.value.leaving.values.reduce(0) { $0 + $1.byteCount } }
    }

    /// Whether loads or unloads are going on that may leave more room than there is now.
    private func isInMotion(besides name: String) -> Bool {
        models.contains { other, entries in
            entries.values.contains { !$0.leaving.isEmpty || other != name && $0.isLoading }
        }
    }

    /// Throws away what was loaded because it turned out to be larger than there is room for.
    mutating func tooLarge(_ id: ServableID, _ byteCount: Int, at now: Instant) {
        change(id) { entry in
            entry.attempt = .new
            entry.size = byteCount
        }
        let needed = byteCount + bytesThatStay(id.name, startingLoadsAt: now)
        guard needed <= budget!.byteLimit else { return refuse(id, needed) }
        setDormant(id.name, [id.version], byteCount, isRefused: true)
    }

    /// Whether a copy of `byteCount` bytes can be served beside what cannot go.
    func fits(_ id: ServableID, _ byteCount: Int) -> Bool {
        guard let budget else { return true }
        var rest = bytesThatStay(id.name) - (self[id]?.size ?? 0)
        for other in models.keys where other != id.name && !canBeLoadedAgain(other) {
            rest += bytesThatStay(other)
        }
        return rest + byteCount <= budget.byteLimit
    }
}

extension ManagerState.Entry {
    fileprivate mutating func wakeUp() {
        guard isDormant else { return }
        isDormant = false
        status = .ok
    }
}
