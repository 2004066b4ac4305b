import ServingCore
import Testing

@testable import Transports

@Suite struct FloodMeterTests {
    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64(seconds * 1e9)) }

    @Test func theBurstIsToleratedAndNotOneMore() {
        var meter = FloodMeter(burst: 3, perSecond: 1, now: at(0))
        #expect((0..<3).allSatisfy { _ in meter.take(at: at(0)) })
        #expect(!meter.take(at: at(0)))
    }

    @Test func tokensComeBackWithTimeUpToTheBurst() {
        var meter = FloodMeter(burst: 2, perSecond: 10, now: at(0))
        #expect(meter.take(at: at(0)))
        #expect(meter.take(at: at(0)))
        #expect(meter.take(at: at(0.2)))
        var tolerated = 0
        while meter.take(at: at(1000)) { tolerated += 1 }
        #expect(tolerated <= 3)
    }

    @Test func usefulWorkGivesCredit() {
        var meter = FloodMeter(burst: 5, perSecond: 1, now: at(0))
        for _ in 0..<1000 {
            #expect(meter.take(at: at(0)))
            meter.credit(1)
        }
    }
}
