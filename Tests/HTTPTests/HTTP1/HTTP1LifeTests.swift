import ServingCore
import Testing

@testable import HTTP

@Suite struct HTTP1LifeTests {
    private let limits: HTTPTimeLimits = {
        var limits = HTTPTimeLimits()
        limits.headerNanoseconds = 10
        limits.idleNanoseconds = 100
        limits.transferNanoseconds = 50
        limits.transferNanosecondsPerByte = 2
        return limits
    }()

    private func at(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

    @Test func headersHaveATime() {
        var life = HTTP1Life(at: at(5))
        #expect(life.verdict(at: at(14), limits, isDraining: true) == .nothing)
        #expect(life.verdict(at: at(15), limits, isDraining: false) == .refuse(.headerTooLate))
        life.requestBegins(at: at(15))
        #expect(life.verdict(at: at(20), limits, isDraining: false) == .nothing)
    }

    @Test func bodiesGetTimeForWhatHasCome() {
        var life = HTTP1Life(at: at(0))
        life.bodyBegins(at: at(100))
        #expect(life.verdict(at: at(149), limits, isDraining: false) == .nothing)
        #expect(life.verdict(at: at(150), limits, isDraining: false) == .refuse(.bodyTooLate))
        life.received(10)
        #expect(life.verdict(at: at(169), limits, isDraining: false) == .nothing)
        #expect(life.verdict(at: at(170), limits, isDraining: false) == .refuse(.bodyTooLate))
    }

    @Test func handlersHaveADeadline() {
        var life = HTTP1Life(at: at(0))
        life.handlingBegins(at: at(0), deadline: Deadline(at(1000)))
        #expect(life.verdict(at: at(999), limits, isDraining: true) == .lookAtPeer)
        #expect(life.verdict(at: at(1000), limits, isDraining: false) == .expire)
        life.answerBegins(25, at: at(1000))
        #expect(life.verdict(at: at(1099), limits, isDraining: true) == .nothing)
        #expect(life.verdict(at: at(1100), limits, isDraining: true) == .close)
    }

    @Test func idleConnectionsEndSoonerOrLater() {
        var life = HTTP1Life(at: at(0))
        life.requestEnds(at: at(10))
        #expect(life.verdict(at: at(109), limits, isDraining: false) == .nothing)
        #expect(life.verdict(at: at(109), limits, isDraining: true) == .close)
        #expect(life.verdict(at: at(110), limits, isDraining: false) == .close)
        life.end()
        life.requestBegins(at: at(120))
        #expect(life.phase == .ended && life.verdict(at: at(900), limits, isDraining: true) == .nothing)
    }

    @Test func aPeerThatSaysFarewellIsClosedWhenNothingMoves() {
        var life = HTTP1Life(at: at(0))
        life.bodyBegins(at: at(1))
        #expect(life.verdict(at: at(2), limits, isDraining: false, looksAtAll: true) == .lookAtPeer)
        #expect(life.peerHungUp(hasUnreadBytes: true) == .nothing)
        #expect(life.peerHungUp(hasUnreadBytes: true) == .nothing)
        life.received(5)
        #expect(life.peerHungUp(hasUnreadBytes: false) == .nothing)
        life.received(5)
        #expect(life.peerHungUp(hasUnreadBytes: false) == .nothing)
        #expect(life.peerHungUp(hasUnreadBytes: false) == .close)
        life.handlingBegins(at: at(3), deadline: .never)
        #expect(life.peerHungUp(hasUnreadBytes: false) == .cancel)
        life.answerBegins(1, at: at(4))
        #expect(life.peerHungUp(hasUnreadBytes: false) == .nothing)
        life.requestEnds(at: at(5))
        #expect(life.peerHungUp(hasUnreadBytes: false) == .nothing)
        #expect(life.peerHungUp(hasUnreadBytes: false) == .close)
    }

    @Test func timeForHugeTransfersDoesNotOverflow() {
        #expect(HTTPTimeLimits().transfer(.max) == .max)
        #expect(HTTPTimeLimits().transfer(4096) > HTTPTimeLimits().transfer(0) + 999_000_000)
    }
}
