import ServingCore

/// From an attempt to a copy that is served.
extension ManagerState {
    private static let cancelled = Status.loadingCancelled

    /// Starts the attempts of `name` that are due.
    mutating func startLoads(_ name: String, at now: Instant) {
        if transition == .resourcePreserving && isMakingRoom(name) { return }
        for (version, entry) in (models[name] ?? [:]).sorted(by: { $0.key > $1.key })
        where entry.isAspired && entry.isDue(at: now) {
            startLoad(ServableID(name: name, version: version), entry)
        }
    }

    /// Whether something of `name` has still to go before a resource-preserving load may begin.
    private func isMakingRoom(_ name: String) -> Bool {
        (models[name] ?? [:]).contains { version, entry in
            !entry.leaving.isEmpty
                || !entry.isAspired && entry.isServed && !isLabelled(ServableID(name: name, version: version))
        }
    }

    private mutating func startLoad(_ id: ServableID, _ entry: Entry) {
        let copy = next()
        change(id) { entry in
            entry.attempt = .loading(copy: copy)
            entry.attempted = entry.wanted
            entry.isOverdue = false
        }
        if entry.failures > 0 {
            pending.append(.log(.info, "Retrying of Loading servable: \(id) retry: \(entry.failures)"))
        } else if entry.isServed && entry.status.isOK {
            let text = "The content of servable version \(id) has changed: it is loaded anew from \(entry.wanted.path)"
            pending.append(.log(.info, text))
        }
        pending.append(.load(LoadAttempt(id: id, path: entry.wanted.path, retry: entry.failures, copy: copy)))
    }

    /// Notes the files' fingerprint right before an attempt; false if the attempt is not wanted any more.
    mutating func loadStarted(_ attempt: LoadAttempt, fingerprint: UInt64?) -> Bool {
        guard let entry = self[attempt.id], entry.attempt == .loading(copy: attempt.copy) else { return false }
        if let fingerprint { change(attempt.id) { $0.attempted.fingerprint = fingerprint } }
        return entry.isAspired
    }

    /// Takes the outcome of an attempt; false if what was loaded is not to be served and must be freed.
    mutating func loadFinished(_ attempt: LoadAttempt, _ outcome: LoadOutcome, at now: Instant) -> Bool {
        let id = attempt.id
        guard let entry = self[id], entry.attempt == .loading(copy: attempt.copy) else { return false }
        touch(id.name)
        guard entry.isAspired || isOnlyHope(id.name) else {
            giveUp(id, outcome)
            return false
        }
        switch outcome {
        case .cancelled: change(id) { $0.attempt = $0.isAspired ? .new : .none }
        case .failed(let status, let kind): failed(id, status, kind, at: now)
        case .loaded(let changed, let reported):
            let byteCount = min(max(0, reported), Budget.largestSize)
            if entry.isAspired && entry.unsettledLoads < retry.unsettledLoads {
                if entry.hasNews {
                    change(id) { $0.loadAgain() }
                    return false
                }
                if changed {
                    change(id) { $0.unsettledLoads += 1 }
                    let status = Status.unavailable("The files of \(id) changed while they were being loaded")
                    failed(id, status, .incomplete, at: now)
                    return false
                }
            }
            guard fits(id, byteCount) else {
                if entry.isAspired { tooLarge(id, byteCount, at: now) } else { giveUp(id, outcome) }
                return false
            }
            let copy = Copy(
                number: attempt.copy, content: entry.attempted, byteCount: byteCount, servedAt: now, sequence: next())
            serve(id, copy)
            return true
        }
        forgetIfEmpty(id, ManagerState.cancelled)
        return false
    }

    /// Whether what `attempt` loads would be served if it were ready now.
    func isWanted(_ attempt: LoadAttempt) -> Bool {
        guard let entry = self[attempt.id], entry.attempt == .loading(copy: attempt.copy) else { return false }
        return entry.isAspired || isOnlyHope(attempt.id.name)
    }

    /// Whether a version of `name` that is not wanted any more is better than none.
    private func isOnlyHope(_ name: String) -> Bool {
        let entries = (models[name] ?? [:]).values
        return transition == .availabilityPreserving && entries.contains(where: \.isAspired)
            && !entries.contains(where: \.isServed)
    }

    private mutating func giveUp(_ id: ServableID, _ outcome: LoadOutcome) {
        change(id) { $0.attempt = .none }
        if case .failed(let status, _) = outcome {
            forgetIfEmpty(id, status)
        } else {
            forgetIfEmpty(id, ManagerState.cancelled)
        }
    }

    /// Puts a new copy into the serving map, in the place of the one that was there.
    private mutating func serve(_ id: ServableID, _ copy: Copy) {
        free(id, endsService: false)
        change(id) { entry in
            let isStale = entry.isAspired && entry.hasNews
            entry.copy = copy
            entry.size = copy.byteCount
            entry.abandonAttempt()
            if isStale { entry.renew() }
        }
        servingGeneration += 1
        pending.append(.log(.info, "Successfully loaded servable version \(id)"))
    }

    private mutating func failed(_ id: ServableID, _ status: Status, _ kind: LoadFailureKind, at now: Instant) {
        guard let entry = self[id] else { return }
        guard entry.isAspired else { return giveUp(id, .failed(status, kind)) }
        change(id) { $0.status = status }
        if kind == .incomplete {
            let text = "Servable version \(id) is not complete yet and will be looked at again: \(status)"
            if entry.status != status { pending.append(.log(.warning, text)) }
        } else {
            let rest = entry.isServed ? "; the copy loaded before serves on" : ""
            pending.append(.log(.error, "Loading servable: \(id) failed: \(status)\(rest)"))
        }
        let retry = retry
        change(id) { $0.fail(kind, retry, at: now) }
    }

    mutating func unloadFinished(_ id: ServableID, copy: UInt64) {
        guard let gone = self[id]?.leaving[copy] else { return }
        touch(id.name)
        change(id) { $0.leaving[copy] = nil }
        let what = gone.endsService ? "servable version" : "an earlier copy of servable version"
        pending.append(.log(.info, "Successfully unloaded \(what) \(id)"))
        forgetIfEmpty(id, .ok)
    }
}

extension ManagerState.Entry {
    /// Whether an attempt is to be started; never while memory of an earlier copy is still held by requests.
    func isDue(at now: Instant) -> Bool {
        guard leaving.isEmpty else { return false }
        switch attempt {
        case .new: return true
        case .waiting(let until): return until <= now
        case .none, .loading, .failed: return false
        }
    }

    /// When `decide` has to look at it.
    var wake: Instant? { if case .waiting(let until) = attempt { until } else { nil } }

    /// Whether other content is wanted now than the attempt that is running has read.
    fileprivate var hasNews: Bool { isOverdue && wanted.differs(from: attempted) }

    /// Throws the load away because its files are not the wanted ones any more.
    fileprivate mutating func loadAgain() {
        attempt = .new
        unsettledLoads += 1
    }

    fileprivate mutating func fail(_ kind: LoadFailureKind, _ retry: RetryPolicy, at now: Instant) {
        if hasNews { return renew() }
        if kind == .incomplete {
            attempt = .waiting(until: now.advanced(byNanoseconds: retry.incompleteInterval))
            return
        }
        failures += 1
        let isLast = kind == .permanent || failures > retry.maximumRetries
        attempt = isLast ? .failed : .waiting(until: now.advanced(byNanoseconds: retry.interval))
    }
}
