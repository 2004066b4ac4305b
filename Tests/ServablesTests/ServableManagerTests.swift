import Glibc
import ServingCore
import Testing
import Threading

@testable import Servables

/// What the loaders of a test do, and what they saw.
private final class Workshop: Sendable {
    struct State {
        var failures: [Int64: (Status, LoadFailureKind)] = [:]
        var fingerprint: UInt64 = 1
        var loads: [Int64] = []
        var unloads: [Int64] = []
        var niceness: Int32 = 0
        var gate = true
    }

    let state = ConditionLock(State())

    func manager(_ change: (inout ManagerOptions) -> Void = { _ in }) -> ServableManager {
        var options = ManagerOptions()
        options.loadRetryIntervalMicroseconds = 1_000
        change(&options)
        return ServableManager(options: options) { id, _ in TestLoader(workshop: self, id: id) }
    }
}

private struct TestLoader: Loader {
    let workshop: Workshop
    let id: ServableID

    func load() throws(Status) -> any Servable {
        workshop.state.wait { $0.gate ? () : nil }
        let failure = workshop.state.withLockNotifyingAll { state in
            state.loads.append(id.version)
            state.niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            return state.failures[id.version]?.0
        }
        if let failure { throw failure }
        return FakeServable(id.version)
    }

    func failureKind(of failure: Status) -> LoadFailureKind {
        workshop.state.withLock { $0.failures[id.version]?.1 ?? .permanent }
    }

    func unload(_ servable: any Servable) { workshop.state.withLockNotifyingAll { $0.unloads.append(id.version) } }

    func fingerprint() -> UInt64? { workshop.state.withLock { $0.fingerprint } }
}

private func aspired(_ versions: Int64...) -> [AspiredVersion] {
    versions.map { AspiredVersion(version: $0, path: "/m/\($0)") }
}

/// Waits until `version` is in `state`; false after a minute.
private func reaches(_ manager: ServableManager, _ version: Int64, _ state: ServableState) -> Bool {
    let deadline = SystemClock().nanoseconds() + 60_000_000_000
    return manager.control.wait(untilNanoseconds: deadline) { control in
        control.state.monitor.state(of: id(version))?.state == state ? true : nil
    } ?? false
}

@Test func wantedVersionIsLoadedOnALowPriorityThreadAndServed() throws {
    let workshop = Workshop()
    let manager = workshop.manager()
    let reader = manager.makeReader()
    manager.setAspired("m", aspired(1))
    let settled = manager.waitUntilSettled(["m"])
    #expect(settled["m"] == ServableVersionState(id: id(1), state: .available))
    #expect(ServableManager.startFailure(settled) == nil)
    #expect((try reader.handle(for: "m").servable as? FakeServable)?.number == 1)
    #expect(workshop.state.withLock { $0.niceness } == 19)
    manager.stop()
    #expect(throws: Status.self) { try reader.handle(for: "m") }
    #expect(workshop.state.withLock { $0.unloads } == [1])
}

@Test func unloadWaitsForTheHandle() throws {
    let workshop = Workshop()
    let manager = workshop.manager()
    let reader = manager.makeReader()
    manager.setAspired("m", aspired(1))
    _ = manager.waitUntilSettled(["m"])
    var handle: ServableHandle? = try reader.handle(for: "m")
    manager.setAspired("m", aspired(2))
    #expect(reaches(manager, 2, .available))
    #expect(try reader.handle(for: "m").id.version == 2)
    #expect(manager.state(of: id(1))?.state == .unloading)
    #expect(workshop.state.withLock { $0.unloads } == [])
    #expect((handle?.servable as? FakeServable)?.number == 1)
    handle = nil
    #expect(reaches(manager, 1, .end))
    #expect(workshop.state.withLock { $0.unloads } == [1])
    #expect(manager.versions(of: "m").map(\.id.version) == [2, 1])
    _ = handle
    manager.stop()
}

@Test func servableIsFreedOnTheUnloadThread() throws {
    final class Heavy: Servable {
        let report: Counted

        init(_ report: Counted) { self.report = report }

        deinit { report.add(Int(bitPattern: UInt(pthread_self()))) }
    }
    struct HeavyLoader: Loader {
        let report: Counted

        func load() throws(Status) -> any Servable { Heavy(report) }
        func fingerprint() -> UInt64? { 1 }
    }
    let report = Counted()
    let manager = ServableManager { _, _ in HeavyLoader(report: report) }
    let reader = manager.makeReader()
    manager.setAspired("m", aspired(1))
    _ = manager.waitUntilSettled(["m"])
    var handle: ServableHandle? = try reader.handle(for: "m")
    #expect(handle != nil)
    manager.setAspired("m", [])
    handle = nil
    #expect(reaches(manager, 1, .end))
    #expect(report.value != 0 && report.value != Int(bitPattern: UInt(pthread_self())))
    _ = handle
    manager.stop()
}

@Test func errorsThatMayPassAreRetriedAndTheFailureIsReported() {
    let workshop = Workshop()
    workshop.state.withLock { $0.failures[1] = (.notFound("no file"), .transient) }
    let manager = workshop.manager { $0.maximumLoadRetries = 3 }
    manager.setAspired("m", aspired(1))
    let settled = manager.waitUntilSettled(["m"])
    #expect(workshop.state.withLock { $0.loads.count } == 4)
    #expect(
        ServableManager.startFailure(settled)?.description
            == "UNKNOWN: 1 servable(s) did not become available: {{name: m version: 1} due to error: "
            + "NOT_FOUND: no file}, }")
    manager.stop()
}

@Test func failedVersionIsLoadedWhenItsFilesChange() throws {
    let workshop = Workshop()
    workshop.state.withLock { $0.failures[1] = (.dataLoss("broken"), .permanent) }
    let manager = workshop.manager()
    manager.setAspired("m", aspired(1))
    #expect(reaches(manager, 1, .end))
    func seen(_ fingerprint: UInt64) {
        manager.setAspired("m", [AspiredVersion(version: 1, path: aspired(1)[0].path, fingerprint: fingerprint)])
    }
    seen(workshop.state.withLock { $0.fingerprint })
    #expect(workshop.state.withLock { $0.loads.count } == 1)
    workshop.state.withLock { state in
        state.failures = [:]
        state.fingerprint = 2
    }
    seen(2)
    #expect(reaches(manager, 1, .available))
    manager.stop()
}

@Test func slowLoadDoesNotHoldUpAnotherModel() throws {
    let workshop = Workshop()
    workshop.state.withLock { $0.gate = false }
    let manager = ServableManager { id, _ -> any Loader in
        if id.name == "slow" { return TestLoader(workshop: workshop, id: id) }
        return TestLoader(workshop: Workshop(), id: id)
    }
    manager.setAspired("slow", aspired(1))
    manager.setAspired("m", aspired(1))
    #expect(reaches(manager, 1, .available))
    let late = manager.waitUntilSettled(["slow", "m"], untilNanoseconds: SystemClock().nanoseconds() + 1_000_000)
    #expect(Array(late.keys) == ["m"])
    workshop.state.withLockNotifyingAll { $0.gate = true }
    #expect(manager.waitUntilSettled(["slow", "m"]).count == 2)
    manager.stop()
}

@Test func noRequestIsLostWhileVersionsComeAndGo() throws {
    let workshop = Workshop()
    let manager = workshop.manager()
    manager.setAspired("m", aspired(1))
    _ = manager.waitUntilSettled(["m"])
    let stop = Counted()
    let failures = Counted()
    let requests = Counted()
    let threads = (0..<2).map { _ in
        Thread(name: "client") {
            let reader = manager.makeReader()
            while stop.value == 0 {
                do throws(Status) {
                    let handle = try reader.handle(for: "m")
                    if (handle.servable as? FakeServable)?.number != handle.id.version { failures.add() }
                } catch {
                    failures.add()
                }
                requests.add()
            }
        }
    }
    for round in 0..<200 {
        let version = Int64(2 + round % 3)
        if round % 5 == 0 { workshop.state.withLock { $0.failures[version] = (.dataLoss("x"), .permanent) } }
        manager.setAspired("m", aspired(version))
        usleep(useconds_t(round % 4 * 500))
        workshop.state.withLock { $0.failures = [:] }
        if round % 7 == 0 { manager.setAspired("m", aspired(1)) }
    }
    stop.add()
    for thread in threads { thread.join() }
    #expect(failures.value == 0)
    #expect(requests.value > 0)
    manager.stop()
}

@Test func requestForADormantModelHasItLoadedAndWaitsForIt() throws {
    final class Sized: Servable {
        var byteCount: Int { 60 }
    }
    struct SizedLoader: Loader {
        func load() throws(Status) -> any Servable { Sized() }
        func fingerprint() -> UInt64? { 1 }
        func estimatedByteCount() -> Int? { 60 }
    }
    var options = ManagerOptions()
    options.memoryBudget = 100
    let manager = ServableManager(options: options) { _, _ in SizedLoader() }
    manager.setOrder(["a", "b"])
    manager.setAspired("a", aspired(1))
    _ = manager.waitUntilSettled(["a"])
    manager.setAspired("b", aspired(1))
    #expect(manager.waitUntilSettled(["b"])["b"]?.status.isOK == true)
    #expect(manager.isDormant("b"))
    let reader = manager.makeReader()
    _ = try reader.handle(for: "a")
    let resumed = ConditionLock(false)
    let wait = manager.waitForFirstLoad(of: "b", .latest, cancellation: nil) {
        resumed.withLockNotifyingAll { $0 = true }
    }
    if wait == .parked { resumed.wait { $0 ? () : nil } }
    #expect(wait == .parked || wait == .served)
    #expect(try reader.handle(for: "b").id.name == "b")
    #expect(manager.isDormant("a"))
    manager.stop()
}

@Test func requestForAModelThatFindsNoRoomIsRefused() {
    struct SizedLoader: Loader {
        final class Sized: Servable {
            var byteCount: Int { 60 }
        }
        func load() throws(Status) -> any Servable { Sized() }
        func fingerprint() -> UInt64? { 1 }
        func estimatedByteCount() -> Int? { 60 }
    }
    var options = ManagerOptions()
    options.memoryBudget = 100
    options.pinned = ["a"]
    let manager = ServableManager(options: options) { _, _ in SizedLoader() }
    manager.setAspired("a", aspired(1))
    _ = manager.waitUntilSettled(["a"])
    manager.setAspired("b", aspired(1))
    _ = manager.waitUntilSettled(["b"])
    let wait = manager.waitForFirstLoad(of: "b", .latest, cancellation: nil) {}
    guard case .refused(let status) = wait else { return #expect(Bool(false), "\(wait)") }
    #expect(status.code == .resourceExhausted)
    manager.stop()
}
