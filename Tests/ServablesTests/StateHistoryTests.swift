import Testing

@testable import Servables

@Suite struct StateHistoryTests {
    private func state(_ version: Int64, _ state: ServableState = .loading) -> ServableVersionState {
        ServableVersionState(id: ServableID(name: "m", version: version), state: state)
    }

    @Test func changesKeepTheirOrder() {
        var history = StateHistory(limit: 4)
        history.append([state(1), state(2)], at: 10)
        history.append([state(3)], at: 20)
        #expect(history.entries.map(\.state.id.version) == [1, 2, 3])
        #expect(history.entries.map(\.milliseconds) == [10, 10, 20])
    }

    @Test func oldestAreForgotten() {
        var history = StateHistory(limit: 3)
        history.append((1...10).map { state($0) }, at: 10)
        history.append([state(11)], at: 20)
        #expect(history.entries.map(\.state.id.version) == [9, 10, 11])
    }

    @Test func monitorTellsEachChangeOnce() {
        var monitor = ServableStateMonitor()
        monitor.record(ServableID(name: "m", version: 1), .loading)
        monitor.record(ServableID(name: "m", version: 1), .available)
        #expect(monitor.takeChanges().map(\.state) == [.loading, .available])
        #expect(monitor.takeChanges().isEmpty)
    }
}
