import ServingCore
import Testing

@testable import Transports

@Suite struct FloodMeterTests {
    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64(seconds * 1e9)) }

    @Test func theBurstIsToleratedAndNotOneMore() {
        var meter = FloodMeter(burst: 3, perSecond: 1, now: at(0))
        let taken = (0..<4).map { _ in meter.take(at: at(0)) }
        #expect(taken == [true, true, true, false])
    }

    @Test func tokensComeBackWithTimeUpToTheBurst() {
        var meter = FloodMeter(burst: 2, perSecond: 10, now: at(0))
        let taken = [0, 0, 0.2].map { meter.take(at: at($0)) }
        #expect(taken == [true, true, true])
        var tolerated = 0
        while meter.take(at: at(1000)) { tolerated += 1 }
        #expect(tolerated <= 3)
    }

    @Test func usefulWorkGivesCredit() {
        var meter = FloodMeter(burst: 5, perSecond: 1, now: at(0))
        var refused = 0
        for _ in 0..<1000 {
            if !meter.take(at: at(0)) { refused += 1 }
            meter.credit(1)
        }
        #expect(refused == 0)
    }
}
