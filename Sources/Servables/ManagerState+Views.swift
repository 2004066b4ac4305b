import ServingCore

/// What can be asked about the state.
extension ManagerState {
    /// The copies in the serving map.
    var served: [(id: ServableID, copy: UInt64)] {
        all(where: \.isServed).map { ($0, self[$0]!.copy!.number) }
    }

    /// The versions that are served.
    var ready: [ServableID] { all(where: \.isServed) }

    func all(where condition: (Entry) -> Bool) -> [ServableID] {
        models.flatMap { name, entries in
            entries.filter { condition($0.value) }.map { ServableID(name: name, version: $0.key) }
        }.sorted()
    }

    /// True while some model has no version that is served or has failed for good, but one that is being loaded.
    /// Nobody waits for files that are still arriving, which they may do for ever, or for attempts after a failed one, which
    /// may be minutes away.
    var hasUndecidedModels: Bool {
        models.values.contains { entries in
            !entries.values.contains(where: \.isSettled) && entries.values.contains { $0.isAspired && $0.isUndecided }
        }
    }

    /// The highest version of `model` that has come to be served or failed for good, with its error; nil: none yet.
    func settled(_ model: String) -> (id: ServableID, status: Status)? {
        let done = (models[model] ?? [:]).filter(\.value.isSettled)
        guard let (version, entry) = done.max(by: { $0.key < $1.key }) else { return dormant(model) }
        return (ServableID(name: model, version: version), entry.isServed ? .ok : entry.status)
    }

    /// The highest version of a model that is loaded when it is asked for.
    private func dormant(_ model: String) -> (id: ServableID, status: Status)? {
        guard isDormant(model) else { return nil }
        let version = models[model]!.filter(\.value.isDormant).keys.max()!
        return (ServableID(name: model, version: version), models[model]![version]!.status)
    }

    // MARK: - Status

    /// Tells that the storage of `model` cannot be read, or (nil) that it can be read again. Nothing is unloaded.
    mutating func setStorageTrouble(_ model: String, _ status: Status?) {
        guard troubles[model] != status else { return }
        if let status, troubles[model] == nil {
            let text = "The storage of model \(model) cannot be read (\(status)); what is loaded serves on"
            pending.append(.log(.warning, text))
        } else if status == nil {
            pending.append(.log(.info, "The storage of model \(model) can be read again"))
        }
        troubles[model] = status
        touch(model)
    }

    /// Notes the states of the versions of `name` as they are now.
    mutating func publishStates(of name: String) {
        for (version, entry) in (models[name] ?? [:]).sorted(by: { $0.key < $1.key }) {
            let id = ServableID(name: name, version: version)
            let (state, status) = shown(entry, trouble: troubles[name])
            if monitor.state(of: id) != ServableVersionState(id: id, state: state, status: status) {
                monitor.record(id, state, status)
            }
        }
    }

    private func shown(_ entry: Entry, trouble: Status?) -> (ServableState, Status) {
        if entry.isServed { return (.available, entry.remark(trouble: trouble)) }
        switch entry.attempt {
        case .loading, .waiting: return (.loading, entry.status)
        case .failed: return (.end, entry.status)
        case .new: return entry.isBeingUnloaded ? (.unloading, .ok) : (.start, entry.isDormant ? entry.status : .ok)
        case .none: return entry.isBeingUnloaded ? (.unloading, .ok) : (.end, .ok)
        }
    }
}

extension ManagerState.Entry {
    fileprivate var isSettled: Bool { isServed || attempt == .failed }

    fileprivate var isBeingUnloaded: Bool { leaving.values.contains(where: \.endsService) }

    /// What a user should know about a version that is served.
    fileprivate func remark(trouble: Status?) -> Status {
        var remarks: [String] = []
        if !status.isOK {
            remarks.append(
                "a newer content of this version failed to load: \(status); the copy loaded before serves on")
        }
        if let trouble {
            remarks.append("the storage of this model cannot be read: \(trouble); the loaded copy serves on")
        }
        return Status(.ok, remarks.joined(separator: "; "))
    }
}
