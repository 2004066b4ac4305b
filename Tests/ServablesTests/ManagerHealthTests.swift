import ServingCore
import Testing
import Threading

@testable import Servables

/// Fails for odd versions, otherwise waits for the gate.
private struct GatedLoader: Loader {
    let version: Int64
    let gate: ConditionLock<Bool>

    func load() throws(Status) -> any Servable {
        gate.wait { $0 ? () : nil }
        if version % 2 == 1 { throw .unimplemented("odd") }
        return FakeServable(version)
    }

    func failureKind(of failure: Status) -> LoadFailureKind { .permanent }
    func fingerprint() -> UInt64? { nil }
}

@Suite struct ManagerHealthTests {
    private let gate = ConditionLock(false)
    private let told = ConditionLock(0)

    private func manager() -> ServableManager {
        let gate = gate
        let told = told
        let manager = ServableManager { id, _ in GatedLoader(version: id.version, gate: gate) }
        manager.observe { told.withLockNotifyingAll { $0 += 1 } }
        return manager
    }

    /// Waits until the observer has been told of a change after which `condition` holds.
    private func isTold(_ condition: () -> Bool) -> Bool {
        let deadline = SystemClock().nanoseconds() + 60_000_000_000
        return told.wait(untilNanoseconds: deadline) { _ in condition() ? true : nil } ?? false
    }

    @Test func theObserverHearsOfEachStep() {
        let manager = manager()
        #expect(manager.isThroughFirstLoads)
        #expect(manager.isServed("m") == nil && !manager.isConfigured("m"))
        manager.configure(["m"])
        #expect(told.withLock { $0 } == 1)
        #expect(manager.isConfigured("m") && !manager.isThroughFirstLoads)
        manager.setAspired("m", [AspiredVersion(version: 2, path: "/m/2")])
        #expect(manager.isServed("m") == false && !manager.isThroughFirstLoads)
        gate.withLockNotifyingAll { $0 = true }
        #expect(isTold { manager.isServed("m") == true && manager.isThroughFirstLoads })
        manager.configure([])
        manager.setAspired("m", [])
        #expect(isTold { manager.isServed("m") == nil })
        #expect(!manager.isConfigured("m"))
        manager.stop()
    }

    @Test func aModelThatFailsEndsItsFirstLoad() {
        gate.withLock { $0 = true }
        let manager = manager()
        manager.configure(["m"])
        manager.setAspired("m", [AspiredVersion(version: 1, path: "/m/1")])
        #expect(isTold { manager.isThroughFirstLoads && manager.isServed("m") == nil })
        #expect(manager.isConfigured("m"))
        manager.stop()
    }

    @Test func whatChangesNothingIsNotTold() {
        gate.withLock { $0 = true }
        let manager = manager()
        let wanted = [AspiredVersion(version: 2, path: "/m/2")]
        manager.setAspired("m", wanted)
        #expect(isTold { manager.isServed("m") == true })
        // Once for the load that began and once for its end.
        let before = told.wait { $0 >= 2 ? $0 : nil }
        for _ in 0..<10 { manager.setAspired("m", wanted) }
        #expect(told.withLock { $0 } == before)
        manager.stop()
    }
}
