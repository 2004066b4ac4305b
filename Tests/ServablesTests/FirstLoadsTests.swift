import ServingCore
import Testing
import Threading

@testable import Servables

/// What a test says about the manager, and the requests it has seen go on.
private struct Scene {
    var loads = FirstLoads()
    var undecided: Set<String> = []
    var served: Set<VersionChoice> = []

    mutating func park(_ model: String, _ choice: VersionChoice = .latest, _ cancellation: CancellationFlag? = nil) {
        loads.park(ParkedRequest(model: model, choice: choice, cancellation: cancellation) {})
    }

    mutating func advance() -> [VersionChoice] {
        let (undecided, served) = (undecided, served)
        return loads.advance {
            undecided.contains($0)
        } isServed: {
            served.contains($0.choice)
        }.map(\.choice)
    }
}

@Test func firstLoadLastsFromTheConfigurationUntilEveryVersionHasBeenTried() {
    var scene = Scene()
    scene.loads.configure(["a"], settled: [])
    #expect(scene.advance().isEmpty && scene.loads.contains("a"), "its base path has not been looked at")
    scene.undecided = ["a"]
    scene.loads.sawBasePath(of: "a")
    #expect(scene.advance().isEmpty && scene.loads.contains("a"))
    scene.undecided = []
    _ = scene.advance()
    #expect(!scene.loads.contains("a"))
}

@Test func requestGoesOnAsSoonAsItsVersionIsServed() {
    var scene = Scene()
    scene.loads.configure(["a"], settled: [])
    scene.loads.sawBasePath(of: "a")
    scene.undecided = ["a"]
    scene.park("a")
    scene.park("a", .specific(1))
    #expect(scene.advance().isEmpty)
    scene.served = [.latest, .specific(2)]
    #expect(scene.advance() == [.latest], "version 1 may still come")
    scene.undecided = []
    #expect(scene.advance() == [.specific(1)], "it will not come any more")
    #expect(scene.loads.parkedCount == 0)
}

@Test func modelWithoutVersionsLetsItsRequestsGoAfterTheFirstLook() {
    var scene = Scene()
    scene.loads.configure(["a", "b"], settled: [])
    scene.park("a")
    scene.park("b", .specific(3))
    scene.loads.sawBasePath(of: "a")
    #expect(scene.advance() == [.latest])
    #expect(scene.loads.contains("b") && scene.loads.parkedCount == 1)
}

@Test func modelThatIsTakenAwayLetsItsRequestsGo() {
    var scene = Scene()
    scene.loads.configure(["a", "b"], settled: [])
    scene.park("a")
    scene.loads.configure(["b"], settled: [])
    #expect(scene.advance() == [.latest])
}

@Test func modelThatHasBeenTriedBeforeIsNotInItsFirstLoad() {
    var scene = Scene()
    scene.loads.configure(["a", "b"], settled: ["a"])
    #expect(!scene.loads.contains("a") && scene.loads.contains("b"))
}

@Test func requestsThatNobodyWaitsForDoNotPileUp() {
    var scene = Scene()
    scene.loads.configure(["a"], settled: [])
    let cancelled = CancellationFlag()
    cancelled.cancel()
    for _ in 0..<10_000 { scene.park("a", .latest, cancelled) }
    #expect(scene.loads.parkedCount <= 128)
    for _ in 0..<1_000 { scene.park("a") }
    #expect((1_000...1_128).contains(scene.loads.parkedCount))
}

private final class GatedLoader: Loader {
    let gate: ConditionLock<Bool>

    init(_ gate: ConditionLock<Bool>) { self.gate = gate }

    func load() throws(Status) -> any Servable {
        gate.wait { $0 ? () : nil }
        return FakeServable(1)
    }

    func failureKind(of failure: Status) -> LoadFailureKind { .permanent }

    func unload(_ servable: any Servable) {}

    func fingerprint() -> UInt64? { 1 }
}

@Test func parkedRequestIsResumedByTheManagerWhenTheModelIsServed() throws {
    let gate = ConditionLock(false)
    let manager = ServableManager { _, _ in GatedLoader(gate) }
    defer { manager.stop() }
    let resumed = ConditionLock(0)
    func wait(_ choice: VersionChoice, _ model: String = "m") -> ServableManager.FirstLoadWait {
        manager.waitForFirstLoad(of: model, choice, cancellation: nil) { resumed.withLockNotifyingAll { $0 += 1 } }
    }
    #expect(wait(.latest) == .none, "nobody has configured it")
    manager.configure(["m", "empty"])
    #expect(wait(.latest) == .parked && wait(.specific(1)) == .parked && wait(.label("x")) == .parked)
    manager.setAspired("m", [AspiredVersion(version: 1, path: "/m/1")])
    #expect(wait(.latest) == .parked)
    #expect(manager.waitingRequests == 4)
    gate.withLockNotifyingAll { $0 = true }
    #expect(resumed.wait(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000) { $0 == 4 ? () : nil } != nil)
    _ = try manager.makeReader().handle(for: "m")
    #expect(wait(.latest) == .served, "it came to be served between the two look-ups")
    #expect(wait(.specific(7)) == .none && manager.waitingRequests == 0)
    #expect(wait(.latest, "empty") == .parked)
    manager.sawNothing(of: "empty")
    #expect(resumed.wait(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000) { $0 == 5 ? () : nil } != nil)
}
