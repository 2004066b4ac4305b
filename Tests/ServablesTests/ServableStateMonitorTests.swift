import ServingCore
import Testing

@testable import Servables

@Test func versionsAreListedDescending() {
    var monitor = ServableStateMonitor()
    for version in [2, 10, 1] as [Int64] { monitor.record(ServableID(name: "m", version: version), .start) }
    #expect(monitor.versions(of: "m").map(\.id.version) == [10, 2, 1])
    #expect(monitor.versions(of: "other").isEmpty)
}

@Test func endedVersionsAreForgottenBeyondTheLimitButLivingOnesAreNot() {
    var monitor = ServableStateMonitor(keptEnds: 3)
    monitor.record(ServableID(name: "m", version: 0), .available)
    for version in 1...9 as ClosedRange<Int64> {
        let id = ServableID(name: "m", version: version)
        monitor.record(id, .loading)
        monitor.record(id, .end, .dataLoss("broken"))
    }
    #expect(monitor.versions(of: "m").map(\.id.version) == [9, 8, 7, 0])
    #expect(monitor.state(of: ServableID(name: "m", version: 9))?.status == .dataLoss("broken"))
}

@Test func stateNumbersAreThoseOfTheWire() {
    #expect(ServableState.allCases.map(\.rawValue) == [10, 20, 30, 40, 50])
    #expect(ServableState.allCases.map(\.name) == ["START", "LOADING", "AVAILABLE", "UNLOADING", "END"])
}
