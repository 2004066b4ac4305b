import ServingCore
import Testing

@testable import Transports

private let second: UInt64 = 1_000_000_000

private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64(seconds * 1e9) + 100 * second) }

@Suite struct ConnectionLifeTests {
    private var limits = HTTP2Limits()

    private func life(_ jitter: Double = 0) -> ConnectionLife {
        var life = ConnectionLife(limits, openedAt: at(0), jitter: jitter)
        life.receivedSettings()
        life.received(at: at(0))
        return life
    }

    private func decide(_ life: inout ConnectionLife, _ seconds: Double, owes: Bool = false) -> ConnectionLife.Decision
    {
        life.decide(at: at(seconds), owes: owes, isOpen: true)
    }

    @Test func aPeerThatNeverSpeaksIsGivenUp() {
        var life = ConnectionLife(limits, openedAt: at(0), jitter: 0)
        #expect(decide(&life, 19.9) == .nothing)
        #expect(life.isSilent(at: at(1), for: second))
        #expect(!life.isSilent(at: at(0.5), for: second))
        #expect(decide(&life, 20) == .close)
    }

    @Test func aSilentPeerIsAskedAndGivenUpWithoutAnswer() {
        var life = life()
        #expect(decide(&life, 599) == .nothing)
        #expect(life.nextLook(after: at(599)) == at(600))
        #expect(decide(&life, 600) == .ping)
        #expect(decide(&life, 601) == .nothing)
        #expect(life.nextLook(after: at(618)) == at(620))
        var answered = life
        answered.received(at: at(619))
        #expect(decide(&answered, 620) == .nothing)
        #expect(decide(&life, 620) == .close)
    }

    @Test func aPeerThatTakesNothingIsGivenUp() {
        var life = life()
        #expect(decide(&life, 100, owes: true) == .nothing)
        life.progressed(at: at(200))
        life.received(at: at(490))
        #expect(decide(&life, 499, owes: true) == .nothing)
        #expect(decide(&life, 500, owes: true) == .close)
    }

    @Test mutating func anOldConnectionIsAskedToGoOnceAndCutAfterTheGrace() {
        limits.maxAgeNanoseconds = 100 * second
        limits.ageGraceNanoseconds = 10 * second
        var life = life()
        life.beganStream()
        #expect(life.nextLook(after: at(98)) == at(100))
        #expect(decide(&life, 99.9) == .nothing)
        #expect(decide(&life, 100) == .goAway)
        #expect(decide(&life, 101) == .nothing)
        #expect(life.nextLook(after: at(108)) == at(110))
        #expect(decide(&life, 110) == .close)
    }

    @Test mutating func withoutGraceCallsOfAnOldConnectionTakeTheirTime() {
        limits.maxAgeNanoseconds = 100 * second
        var life = life()
        #expect(decide(&life, 100) == .goAway)
        life.received(at: at(5_000))
        #expect(decide(&life, 5_001) == .nothing)
    }

    @Test(arguments: [(-1, 90.0), (0, 100), (1, 110), (-7, 90), (7, 110)])
    mutating func agesAreSpreadByATenth(jitter: Double, age: Double) {
        limits.maxAgeNanoseconds = 100 * second
        var life = life(jitter)
        #expect(decide(&life, age - 0.1) == .nothing)
        #expect(decide(&life, age + 0.1) == .goAway)
    }

    @Test mutating func onlyAConnectionWithoutCallsIsIdle() {
        limits.maxIdleNanoseconds = 3 * second
        var life = life()
        #expect(life.nextLook(after: at(0)) == at(3))
        life.beganStream()
        #expect(decide(&life, 100) == .nothing)
        life.becameIdle(at: at(101))
        life.received(at: at(103.5))
        #expect(decide(&life, 103.9) == .nothing)
        #expect(decide(&life, 104) == .goAway)
        #expect(decide(&life, 105) == .nothing)
    }

    @Test mutating func looksAreNeitherTooFarApartNorInThePast() {
        limits.maxAgeNanoseconds = 1
        limits.ageGraceNanoseconds = .max
        var life = life()
        #expect(life.nextLook(after: at(50)) > at(50))
        #expect(decide(&life, 50) == .goAway)
        #expect(life.nextLook(after: at(50)) == at(55))
        limits.maxAgeNanoseconds = .max
        limits.maxIdleNanoseconds = .max
        limits.keepaliveNanoseconds = .max
        var endless = self.life(1)
        #expect(decide(&endless, 1e9) == .nothing)
        #expect(endless.nextLook(after: at(1e9)) == at(1e9 + 5))
    }

    @Test func aFinishedConnectionIsNotAsked() {
        var life = life()
        let decision = life.decide(at: at(600), owes: false, isOpen: false)
        #expect(decision == .nothing)
        #expect(decide(&life, 601) == .ping)
    }

    @Test mutating func pingsThatComeTooSoonAreCountedUntilSomethingIsSent() throws {
        #expect(PingStrikes(limits) == nil)
        limits.minPingIntervalNanoseconds = 10 * second
        var strikes = try #require(PingStrikes(limits))
        func takes(_ seconds: [Double]) -> Bool { seconds.allSatisfy { strikes.received(at: at($0)) } }
        #expect(takes([0, 1, 2]))
        #expect(!takes([3]))
        strikes.sent()
        #expect(takes([4, 5, 6, 17]))
        #expect(!takes([18]))
        limits.maxPingStrikes = 0
        #expect(PingStrikes(limits) == nil)
    }
}
