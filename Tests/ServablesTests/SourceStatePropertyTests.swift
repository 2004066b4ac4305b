import ServingCore
import Testing

@testable import Servables

/// Random events at base paths, and a source that looks at them on a clock that the test moves.
private struct World {
    let fileSystem = FakeFileSystem(directories: ["/store", "/store/x", "/store/y"])
    let reports = FakeReports(limit: 12)
    var state = SourceState(SourceTiming(pollWaitSeconds: 1))
    var random: SeededRandom
    var now = Instant(nanoseconds: 1)
    var models: [String: MonitoredServable] = [:]
    /// Looks that are to be taken, and those whose result is on its way.
    var ordered: [LookOrder] = []
    var taken: [(order: LookOrder, result: LookResult, mayBeEmpty: Bool)] = []
    var published: [String: [AspiredVersion]] = [:]
    var troubles: [String: Status] = [:]
    var history: [String] = []
    var violations: [String] = []

    static let names = ["a", "b", "c"]
    static let policies: [VersionPolicy] = [.latest(1), .latest(2), .all, .specific([2, 3])]

    init(seed: UInt64) {
        random = SeededRandom(state: seed)
        for name in World.names {
            fileSystem.change { tree in
                tree.add(directory: "/\(name)")
                tree.add(directory: "/\(name)/1")
            }
        }
        update()
    }

    // MARK: - Events

    mutating func step() {
        let name = World.names.randomElement(using: &random)!
        let version = "/\(name)/\(Int.random(in: 1...4, using: &random))"
        let kind = Int.random(in: 0..<24, using: &random)
        history.append("\(kind) \(version)")
        switch kind {
        case 0...2:
            change("/\(name)") { tree in if tree.directories["/\(name)"] != nil { tree.add(directory: version) } }
        case 3: change("/\(name)") { $0.remove(version) }
        case 4...6: change(version) { tree in if tree.directories[version] != nil { tree.write("\(version)/pb") } }
        case 7:
            let target = ["/store/x", "/store/y", "/none"].randomElement(using: &random)!
            change("/\(name)") { $0.links[version] = target }
        case 8: change("/store/x") { $0.write("/store/x/pb") }
        case 9: change("/\(name)") { tree in tree.remove("/\(name)") }
        case 10:
            change("/\(name)") { tree in if tree.directories["/\(name)"] == nil { tree.add(directory: "/\(name)") } }
        case 11: fileSystem.change { $0.failures["/\(name)"] = .unavailable("I/O error") }
        case 12: fileSystem.change { $0.failures[version] = .unavailable("I/O error") }
        case 13: fileSystem.change { $0.failures = [:] }
        case 14: fileSystem.change { $0.places["/\(name)"] = StoragePlace(device: 7, mount: 70) }
        case 15: vanish(name)
        case 16: update()
        case 17: state.anythingMayHaveChanged(at: now)
        case 18: if let order = ordered.first { perform(state.isHanging(order, seconds: 5)) }
        default: pass(nanoseconds: UInt64.random(in: 0..<1_500_000_000, using: &random))
        }
    }

    /// A change in `directory`, reported to all who watch it or anything that has gone with it.
    private mutating func change(_ directory: String, _ body: (inout FakeFileSystem.Tree) -> Void) {
        fileSystem.change(body)
        let watching = reports.watched.withLock { watched in
            watched.filter { $0.value.contains { $0 == directory || $0.hasPrefix(directory + "/") } }.keys
        }
        for key in watching { state.changed(key: key, at: now) }
    }

    /// The file system at the base path is unmounted: no report, other versions or none.
    private mutating func vanish(_ name: String) {
        fileSystem.change { tree in
            tree.remove("/\(name)")
            tree.add(directory: "/\(name)")
            tree.places["/\(name)"] = nil
        }
    }

    private mutating func update() {
        let chosen = World.names.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        let servables = chosen.map { name in
            let policy = World.policies.randomElement(using: &random)!
            return MonitoredServable(name: name, basePath: "/\(name)", policy: policy)
        }
        models = Dictionary(uniqueKeysWithValues: servables.map { ($0.name, $0) })
        perform(state.update(servables, isLooking: true, at: now))
    }

    // MARK: - Looks

    /// Some of the looks are taken, some of what was found arrives.
    private mutating func pass(nanoseconds: UInt64) {
        now = now.advanced(byNanoseconds: nanoseconds)
        ordered += state.orders(at: now)
        while !ordered.isEmpty, Bool.random(using: &random) { take() }
        while !taken.isEmpty, Bool.random(using: &random) { finish() }
    }

    private mutating func take() {
        let order = ordered.remove(at: Int.random(in: 0..<ordered.count, using: &random))
        let result = BaseLook.take(order, in: fileSystem, reports: reports)
        taken.append((order, result, isReallyEmpty(order.servable)))
    }

    private mutating func finish() {
        let look = taken.remove(at: Int.random(in: 0..<taken.count, using: &random))
        let name = look.order.servable.name
        let actions = state.finished(look.order, look.result, at: now)
        for case .publish(name, let versions) in actions where versions.isEmpty && !look.mayBeEmpty {
            violations.append("\(name) was given up after \(look.result)")
        }
        perform(actions)
    }

    /// Whether a look without any error finds no version that the policy selects.
    private func isReallyEmpty(_ servable: MonitoredServable) -> Bool {
        guard let found = try? VersionDirectories(under: servable.basePath, in: fileSystem) else { return false }
        return servable.policy.select(from: Array(found.names.keys)).isEmpty
    }

    private mutating func perform(_ actions: [SourceState.Action]) {
        for action in actions {
            switch action {
            case .publish(let name, let versions): published[name] = versions
            case .trouble(let name, let status): troubles[name] = status
            case .unwatch(let key): reports.unwatch(key: key)
            case .warn, .answer: break
            }
        }
    }

    // MARK: - The end

    /// Heals everything, takes away the links that lead nowhere, and lets two periods pass.
    mutating func settle() {
        fileSystem.change { $0.failures = [:] }
        for name in World.names {
            change("/\(name)") { tree in
                tree.links = tree.links.filter { $0.value != "/none" }
                if tree.directories["/\(name)"] == nil { tree.add(directory: "/\(name)") }
                for version in ["/\(name)/2", "/\(name)/9"] {
                    tree.links[version] = nil
                    if tree.directories[version] == nil { tree.add(directory: version) }
                }
            }
        }
        for _ in 0..<40 {
            now = now.advanced(byNanoseconds: 100_000_000)
            ordered += state.orders(at: now)
            while !ordered.isEmpty { take() }
            while !taken.isEmpty { finish() }
        }
    }

    /// What a full look says now.
    func wanted(_ servable: MonitoredServable) -> [AspiredVersion]? {
        let order = LookOrder(ticket: 0, key: 0, servable: servable)
        var fresh = BaseState(servable)
        return fresh.judge(BaseLook.take(order, in: fileSystem, reports: nil), at: now).aspired
    }
}

/// Never is a model given up because of an error, and once things are quiet, what was published is what a full look finds.
@Test func randomEventsNeverLoseAVersionAndAlwaysComeToTheTruth() {
    for seed in UInt64(0)..<400 {
        var world = World(seed: seed)
        for _ in 0..<120 { world.step() }
        world.settle()
        var failures = world.violations
        for servable in world.models.values {
            let name = servable.name
            if world.published[name] != world.wanted(servable) { failures.append("\(name) is not up to date") }
            if let trouble = world.troubles[name] { failures.append("\(name) is still in trouble: \(trouble)") }
        }
        for name in World.names where world.models[name] == nil {
            if world.published[name]?.isEmpty == false { failures.append("\(name) was removed and is still wanted") }
        }
        #expect(failures.isEmpty, "seed \(seed): \(failures)\n\(world.history)")
        if !failures.isEmpty { return }
    }
}
