import ServingCore
import Testing

@testable import Servables

/// SplitMix64, so that a failing sequence can be repeated from its seed.
private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A world around a `ManagerState`: loads and unloads that finish in any order, folders that come and go.
private struct World {
    var random: Random
    var state = ManagerState(
        retry: RetryPolicy(maximumRetries: 2, interval: 5, incompleteInterval: 3, unsettledLoads: 2))
    var now = Instant(nanoseconds: 0)
    var loading: Set<ServableID> = []
    var unloading: Set<ServableID> = []
    /// What was really loaded and not yet freed.
    var held: Set<ServableID> = []
    var wanted: [String: Set<Int64>] = [:]
    /// Models that have served something and of which something was wanted ever since.
    var mustServe: Set<String> = []
    var problems: [String] = []

    init(seed: UInt64) { random = Random(state: seed) }

    mutating func check(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { problems.append(text()) }
    }

    mutating func aspire(_ name: String, _ versions: Set<Int64>) {
        wanted[name] = versions
        if versions.isEmpty { mustServe.remove(name) }
        state.setAspired(name, versions.sorted().map { AspiredVersion(version: $0, path: "\($0)") })
    }

    mutating func step() {
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1:
            let count = Int.random(in: 0..<4, using: &random)
            let versions = (0..<count).map { _ in Int64.random(in: 1...5, using: &random) }
            aspire(Bool.random(using: &random) ? "a" : "b", Set(versions))
        case 2, 3, 4:
            if let id = loading.sorted().randomElement(using: &random) { finishLoad(id, randomOutcome()) }
        case 5, 6:
            if let id = unloading.sorted().randomElement(using: &random) { finishUnload(id) }
        default:
            now = now.advanced(byNanoseconds: UInt64.random(in: 0...4, using: &random))
            for id in state.inspected {
                state.filesSeen(id, fingerprint: UInt64.random(in: 1...2, using: &random))
            }
        }
        act()
    }

    private mutating func randomOutcome() -> LoadOutcome {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .failed(.dataLoss("x"), .permanent)
        case 1: .failed(.unavailable("x"), .transient)
        case 2: .failed(.unavailable("x"), .incomplete)
        case 3: .loaded(changed: true)
        default: .loaded(changed: false)
        }
    }

    mutating func finishLoad(_ id: ServableID, _ outcome: LoadOutcome) {
        loading.remove(id)
        guard state.loadStarted(id, fingerprint: 1) else {
            check(wanted[id.name]?.contains(id.version) != true, "\(id) was refused although it is wanted")
            check(!state.loadFinished(id, .cancelled, at: now), "\(id) is served without having been loaded")
            return
        }
        let isKept = state.loadFinished(id, outcome, at: now)
        if isKept { check(held.insert(id).inserted, "\(id) is loaded twice") }
        if case .failed = outcome { check(!isKept, "\(id) is served although it failed") }
    }

    mutating func finishUnload(_ id: ServableID) {
        unloading.remove(id)
        held.remove(id)
        state.unloadFinished(id)
    }

    mutating func act() {
        for action in state.decide(at: now) {
            switch action {
            case .load(let id, _, _):
                check(!held.contains(id), "\(id) is loaded although it is held")
                check(loading.insert(id).inserted, "\(id) is being loaded already")
                check(wanted[id.name]?.contains(id.version) == true, "\(id) is loaded although it is not wanted")
            case .unload(let id):
                check(held.contains(id), "\(id) is unloaded but is not held")
                check(unloading.insert(id).inserted, "\(id) is being unloaded already")
                check(wanted[id.name]?.contains(id.version) != true, "\(id) is unloaded although it is wanted")
            case .log: break
            }
        }
        check(Set(state.ready) == held.subtracting(unloading), "what is served is not what is loaded")
        let serving = Set(state.ready.map(\.name))
        check(mustServe.isSubset(of: serving), "a model that is wanted lost its last version")
        for name in serving where !(wanted[name] ?? []).isEmpty { mustServe.insert(name) }
        for name in ["a", "b"] {
            let unwanted = state.ready.filter { $0.name == name && wanted[name]?.contains($0.version) != true }
            check(unwanted.count <= 1, "more than one unwanted version of \(name) is kept")
        }
    }

    /// Lets everything that runs come to its end.
    mutating func settle(_ outcome: LoadOutcome) {
        for _ in 0..<100 {
            for id in loading { finishLoad(id, outcome) }
            for id in unloading { finishUnload(id) }
            now = now.advanced(byNanoseconds: 10)
            act()
        }
    }
}

@Test(arguments: 0..<300 as Range<UInt64>)
func noSequenceOfEventsBreaksThePromises(seed: UInt64) {
    var world = World(seed: seed)
    for _ in 0..<200 { world.step() }
    #expect(world.problems == [], "seed \(seed)")
    // A last folder that is good is served alone in the end, and giving everything up leaves nothing behind.
    world.aspire("a", [7])
    world.act()
    world.settle(.loaded(changed: false))
    #expect(world.state.ready.filter { $0.name == "a" } == [ServableID(name: "a", version: 7)])
    world.aspire("a", [])
    world.aspire("b", [])
    world.act()
    world.settle(.loaded(changed: false))
    #expect(world.held.isEmpty && world.loading.isEmpty && world.state.models.isEmpty)
    #expect(world.problems == [], "seed \(seed)")
}
