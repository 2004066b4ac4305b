import ServingCore

/// Decides which base paths are to be looked at when, and what becomes of what is found; a pure state machine.
///
/// Nothing that happens to one model has an influence on another one: each has at most one look under way, and nobody
/// waits for it.
struct SourceState {
    enum Action: Equatable {
        case publish(String, [AspiredVersion])
        /// What is wrong with the storage of a model; nil: nothing any more.
        case trouble(String, Status?)
        case warn(String)
        /// The answer of a look that was ordered after the update of this number.
        case answer(String, update: UInt64, Result<[Int64], Status>)
        /// Nothing is to be watched for the model any more.
        case unwatch(key: Int)
    }

    /// A look that has been ordered and has not come back.
    private struct Pending {
        let ticket: UInt64
        /// The last update before the order.
        let update: UInt64
        var isHanging = false
    }

    private struct Model {
        var base: BaseState
        let key: Int
        var pending: Pending?
        var isWatched = false
        /// Someone waits for a look; a full one, unless all changes are reported.
        var isAsked = false
        var isRoundDue = false
        /// The first and the last report of a change since the last look.
        var unrest: (first: Instant, last: Instant)?
        var nextFullLook = Instant(nanoseconds: 0)
        var nextWatchAttempt = Instant(nanoseconds: 0)
    }

    private let timing: SourceTiming
    private var models: [String: Model] = [:]
    /// The names in the order in which they were given.
    private var names: [String] = []
    private var nameOfKey: [Int: String] = [:]
    private var lastKey = 0
    private var lastTicket: UInt64 = 0
    private var nextRound = Instant(nanoseconds: .max)
    /// Grows with every update.
    private(set) var update: UInt64 = 0
    /// Looks that are under way and do not hang.
    private(set) var looksInProgress = 0

    init(_ timing: SourceTiming) { self.timing = timing }

    // MARK: - Events

    /// Replaces the models. Versions of those that are not there any more are given up.
    /// - Parameter isLooking: whether all models are to be looked at, whatever the period.
    mutating func update(_ servables: [MonitoredServable], isLooking: Bool, at now: Instant) -> [Action] {
        update += 1
        var actions: [Action] = []
        let wanted = Set(servables.map(\.name))
        for name in names where !wanted.contains(name) {
            if models[name]!.base.trouble != nil { actions.append(.trouble(name, nil)) }
            actions += [.publish(name, []), .unwatch(key: models[name]!.key)]
            forget(models[name]!)
            models[name] = nil
        }
        for servable in servables { set(servable, isLooking, &actions) }
        names = servables.map(\.name)
        if let period = timing.period, nextRound.nanoseconds == .max {
            nextRound = now.advanced(byNanoseconds: period)
        }
        return actions
    }

    private mutating func set(_ servable: MonitoredServable, _ isLooking: Bool, _ actions: inout [Action]) {
        let known = models[servable.name]
        if known?.base.servable != servable {
            if let known {
                actions.append(.unwatch(key: known.key))
                forget(known)
            }
            lastKey += 1
            nameOfKey[lastKey] = servable.name
            models[servable.name] = Model(base: BaseState(servable, after: known?.base), key: lastKey)
        }
        if isLooking { models[servable.name]!.isAsked = true }
    }

    /// What a look under way will find does not matter any more.
    private mutating func forget(_ model: Model) {
        nameOfKey[model.key] = nil
        if let pending = model.pending, !pending.isHanging { looksInProgress -= 1 }
    }

    /// Something was reported from a directory that is watched for the model with `key`.
    mutating func changed(key: Int, at now: Instant) {
        guard let name = nameOfKey[key] else { return }
        models[name]!.unrest = (models[name]!.unrest?.first ?? now, now)
    }

    /// Reports were lost.
    mutating func anythingMayHaveChanged(at now: Instant) {
        for name in names where models[name]!.isWatched { changed(key: models[name]!.key, at: now) }
    }

    // MARK: - Looks

    /// The looks that are to be taken now.
    mutating func orders(at now: Instant) -> [LookOrder] {
        if nextRound <= now, let period = timing.period {
            nextRound = now.advanced(byNanoseconds: period)
            for name in names { models[name]!.isRoundDue = true }
        }
        return names.filter { isDue(models[$0]!, at: now) }.map { order($0, at: now) }
    }

    private func isDue(_ model: Model, at now: Instant) -> Bool {
        guard model.pending == nil else { return false }
        return model.isAsked || model.isRoundDue || (model.unrest.map { looksAfter($0) <= now } ?? false)
    }

    private mutating func order(_ name: String, at now: Instant) -> LookOrder {
        var model = models[name]!
        defer { models[name] = model }
        let isFull = !model.isWatched || model.unrest != nil || model.nextFullLook <= now
        lastTicket += 1
        looksInProgress += 1
        model.pending = Pending(ticket: lastTicket, update: update)
        model.isAsked = false
        model.isRoundDue = false
        var order = LookOrder(
            ticket: lastTicket, key: model.key, servable: model.base.servable, device: model.base.identity?.place.device
        )
        if isFull {
            model.unrest = nil
            model.nextFullLook = now.advanced(byNanoseconds: timing.fullLook)
            order.isToWatch = timing.period != nil && (model.isWatched || model.nextWatchAttempt <= now)
        } else {
            order.unlessStill = model.base.identity
            order.isToWatch = true
        }
        return order
    }

    private func looksAfter(_ unrest: (first: Instant, last: Instant)) -> Instant {
        let longest = min(timing.longestUnrest, timing.period ?? .max)
        return min(
            unrest.first.advanced(byNanoseconds: longest), unrest.last.advanced(byNanoseconds: timing.quiet))
    }

    /// Takes what a look has found.
    mutating func finished(_ order: LookOrder, _ result: LookResult, at now: Instant) -> [Action] {
        guard let name = nameOfKey[order.key] else { return [.unwatch(key: order.key)] }
        guard let pending = models[name]!.pending, pending.ticket == order.ticket else { return [] }
        models[name]!.pending = nil
        if !pending.isHanging { looksInProgress -= 1 }
        switch result {
        case .same: break
        case .failed: models[name]!.isWatched = false
        case .found(let look):
            models[name]!.isWatched = look.isWatched
            if !look.isWatched { models[name]!.nextWatchAttempt = now.advanced(byNanoseconds: timing.fullLook) }
        }
        let verdict = models[name]!.base.judge(result, at: now)
        return actions(name, verdict) + [.answer(name, update: pending.update, verdict.answer)]
    }

    /// A look has not come back for `seconds`.
    mutating func isHanging(_ order: LookOrder, seconds: UInt64) -> [Action] {
        guard let name = nameOfKey[order.key], let pending = models[name]!.pending, pending.ticket == order.ticket
        else { return [] }
        if !pending.isHanging { looksInProgress -= 1 }
        models[name]!.pending!.isHanging = true
        return actions(name, models[name]!.base.isHanging(seconds: seconds))
    }

    private func actions(_ name: String, _ verdict: BaseState.Verdict) -> [Action] {
        var actions = verdict.warnings.map { Action.warn($0) }
        switch verdict.trouble {
        case .began(let status): actions.append(.trouble(name, status))
        case .healed: actions.append(.trouble(name, nil))
        case nil: break
        }
        if let aspired = verdict.aspired { actions.append(.publish(name, aspired)) }
        return actions
    }

    /// When `orders` has something to say even if nothing happens before.
    var nextOrder: Instant {
        models.values.reduce(nextRound) { earliest, model in
            guard model.pending == nil else { return earliest }
            if model.isAsked || model.isRoundDue { return Instant(nanoseconds: 0) }
            return min(earliest, model.unrest.map(looksAfter) ?? earliest)
        }
    }
}
