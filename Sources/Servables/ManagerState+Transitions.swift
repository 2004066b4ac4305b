import ServingCore

/// What goes when something else is wanted, and what stays.
extension ManagerState {
    /// Takes the versions of `name` out of service that nobody needs.
    mutating func retireUnneeded(_ name: String) {
        let entries = models[name] ?? [:]
        let isWanted = entries.values.contains(where: \.isAspired)
        let standIn = standIn(of: name)
        for version in entries.keys.sorted() where entries[version]!.isServed && !entries[version]!.isAspired {
            let id = ServableID(name: name, version: version)
            if version == standIn { continue }
            if isLabelled(id) {
                hold(id)
            } else if isWanted && keptVersions > 0 {
                keep(id)
            } else {
                retire(id)
            }
        }
        freeKept(name, all: !isWanted)
    }

    /// The version that serves `name` although it is not wanted any more, because no wanted one is served yet: the last
    /// one that was wanted.
    private func standIn(of name: String) -> Int64? {
        let entries = models[name] ?? [:]
        guard transition == .availabilityPreserving, entries.values.contains(where: \.isAspired),
            !entries.values.contains(where: { $0.isAspired && $0.isServed })
        else { return nil }
        return lastWanted(of: name)
    }

    /// Of the served versions of `name` that are not wanted any more the one that was wanted last.
    private func lastWanted(of name: String) -> Int64? {
        (models[name] ?? [:]).filter { $0.value.isServed && !$0.value.isAspired }
            .max { ($0.value.dropped, $0.key) < ($1.value.dropped, $1.key) }?.key
    }

    /// The version of `name` that requests get which ask for none: the highest wanted one, else the last wanted one.
    func latest(of name: String) -> Int64? {
        let wanted = (models[name] ?? [:]).filter { $0.value.isAspired && $0.value.isServed }
        return wanted.keys.max() ?? lastWanted(of: name)
    }

    private mutating func hold(_ id: ServableID) {
        guard self[id]?.isHeld == false else { return }
        change(id) { $0.isHeld = true }
        let labels = (effectiveLabels[id.name] ?? [:]).filter { $0.value == id.version }.keys.sorted()
        let names = labels.map { "'\($0)'" }.joined(separator: ", ")
        let text =
            "Servable version \(id) is not wanted any more but stays loaded because a label points to it: \(names)"
        pending.append(.log(.warning, text))
    }

    private mutating func retire(_ id: ServableID) {
        pending.append(.log(.info, "Unloading servable version \(id)"))
        free(id, endsService: true)
    }

    /// Takes a copy out of the serving map but not out of memory.
    private mutating func keep(_ id: ServableID) {
        let sequence = next()
        change(id) { entry in
            entry.copy?.isServed = false
            entry.copy?.sequence = sequence
        }
        servingGeneration += 1
        pending.append(.log(.info, "Servable version \(id) is not served any more and kept in memory"))
    }

    /// Puts a copy that was kept back into the serving map.
    mutating func serveAgain(_ id: ServableID) {
        let sequence = next()
        change(id) { entry in
            entry.copy?.isServed = true
            entry.copy?.sequence = sequence
        }
        servingGeneration += 1
        pending.append(.log(.info, "Servable version \(id) was kept in memory and is served again"))
    }

    /// Frees the kept copies of `name` that are too many, those that were served longest ago first.
    private mutating func freeKept(_ name: String, all: Bool) {
        let kept = (models[name] ?? [:]).filter(\.value.isKept)
        let oldestFirst = kept.keys.sorted { kept[$0]!.copy!.sequence < kept[$1]!.copy!.sequence }
        for version in oldestFirst.dropLast(all ? 0 : keptVersions) {
            let id = ServableID(name: name, version: version)
            free(id, endsService: false)
        }
    }

    /// Parts with the copy of `id`, if it has one; `endsService`: the version's state shows it.
    mutating func free(_ id: ServableID, endsService: Bool) {
        guard let copy = self[id]?.copy else { return }
        change(id) { entry in
            entry.copy = nil
            entry.leaving[copy.number] = Leaving(byteCount: copy.byteCount, endsService: endsService)
        }
        if copy.isServed { servingGeneration += 1 }
        pending.append(.unload(id, copy: copy.number))
    }
}
