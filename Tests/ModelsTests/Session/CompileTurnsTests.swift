import Synchronization
import Testing

@testable import Models

@Suite struct CompileTurnsTests {
    @Test func whoComesMeanwhileIsCalledOnceWhenTheTurnEnds() {
        var turns = CompileTurns()
        let calls = Mutex<[Int]>([])
        #expect(turns.begin { calls.withLock { $0.append(0) } } == .begun)
        #expect(turns.begin { calls.withLock { $0.append(1) } } == .parked)
        #expect(turns.begin { calls.withLock { $0.append(2) } } == .parked)
        for resume in turns.end() { resume() }
        #expect(calls.withLock { $0 } == [1, 2])
        #expect(turns.begin {} == .begun)
        #expect(turns.end().isEmpty)
    }

    @Test func onlySoManyMayWait() {
        var turns = CompileTurns()
        _ = turns.begin {}
        for _ in 0..<CompileTurns.maximumParked { #expect(turns.begin {} == .parked) }
        #expect(turns.begin {} == .refused)
        #expect(turns.end().count == CompileTurns.maximumParked)
    }
}
