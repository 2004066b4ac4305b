import ServingCore
import Testing

@testable import Servables

private let second: UInt64 = 1_000_000_000
private let fileSystem = FakeFileSystem(directories: ["/a", "/a/1", "/b", "/b/1"])
private let servables = ["a", "b"].map { MonitoredServable(name: $0, basePath: "/\($0)") }

private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64((100 + seconds) * 1e9)) }

/// A state that has looked at `servables` at second 0.
private func settled(_ pollWaitSeconds: Int64 = 1, reports: FakeReports? = FakeReports()) -> SourceState {
    var state = SourceState(SourceTiming(pollWaitSeconds: pollWaitSeconds))
    _ = state.update(servables, isLooking: true, at: at(0))
    for order in state.orders(at: at(0)) {
        let actions = state.finished(order, BaseLook.take(order, in: fileSystem, reports: reports), at: at(0))
        #expect(actions.contains { if case .publish(_, let versions) = $0 { versions.count == 1 } else { false } })
    }
    return state
}

@Test func quietWatchedBasePathIsOnlyAskedWhetherItIsStillTheSame() {
    var state = settled()
    #expect(state.orders(at: at(0.9)).isEmpty && state.nextOrder == at(1))
    let orders = state.orders(at: at(1))
    #expect(orders.map(\.servable) == servables && orders.allSatisfy { $0.unlessStill != nil })
    for order in orders {
        #expect(BaseLook.take(order, in: fileSystem, reports: nil) == .same)
        _ = state.finished(order, .same, at: at(1))
    }
    #expect(state.looksInProgress == 0 && state.nextOrder == at(2))
}

@Test func basePathWithoutReportsIsLookedAtInFullInEveryRound() {
    var state = settled(reports: nil)
    #expect(state.orders(at: at(1)).allSatisfy { $0.unlessStill == nil && !$0.isToWatch })
}

@Test func watchedBasePathIsLookedAtInFullAfterAMinute() {
    var state = settled()
    for order in state.orders(at: at(61)) {
        #expect(order.unlessStill == nil && order.isToWatch)
        _ = state.finished(order, .same, at: at(61))
    }
    #expect(state.orders(at: at(62)).allSatisfy { $0.unlessStill != nil })
}

@Test func reportedChangeLeadsToALookWhenItIsQuietAgain() {
    var state = settled(60)
    state.changed(key: 1, at: at(0.1))
    state.changed(key: 1, at: at(0.12))
    #expect(state.nextOrder == at(0.17))
    #expect(state.orders(at: at(0.16)).isEmpty)
    let orders = state.orders(at: at(0.17))
    #expect(orders.map(\.servable.name) == ["a"] && orders[0].unlessStill == nil)
}

@Test func unrestDelaysALookByASecondAtMost() {
    var state = settled(60)
    for tick in 0..<100 { state.changed(key: 1, at: at(Double(tick) * 0.01)) }
    #expect(state.nextOrder == at(1) && state.orders(at: at(1)).count == 1)
}

@Test func reportDuringALookLeadsToAnother() {
    var state = settled(60)
    state.changed(key: 1, at: at(0.1))
    let order = state.orders(at: at(0.2))[0]
    state.changed(key: 1, at: at(0.21))
    #expect(state.orders(at: at(0.3)).isEmpty)
    _ = state.finished(order, .failed(.notFound("")), at: at(0.3))
    #expect(state.orders(at: at(0.3)).count == 1)
}

@Test func lostReportsLeadToALookAtEverythingWatched() {
    var state = settled(60)
    state.anythingMayHaveChanged(at: at(1))
    #expect(state.orders(at: at(2)).map(\.servable.name) == ["a", "b"])
}

@Test func zeroLooksOnceAtEachUpdateAndNegativeOnlyWhenAsked() {
    for wait in [Int64(0), -1] {
        var state = settled(wait)
        #expect(state.nextOrder.nanoseconds == .max && state.orders(at: at(1e6)).isEmpty)
        _ = state.update(servables, isLooking: false, at: at(2))
        #expect(state.orders(at: at(2)).isEmpty)
        _ = state.update(servables, isLooking: true, at: at(2))
        #expect(state.orders(at: at(2)).count == 2)
    }
}

@Test func answersTellWhichUpdateTheyFollow() {
    var state = settled()
    let order = state.orders(at: at(1))[0]
    _ = state.update(servables, isLooking: true, at: at(1.1))
    let early = state.finished(order, .same, at: at(1.2))
    #expect(early == [.answer("a", update: 1, .success([1]))])
    let again = state.orders(at: at(1.2))
    #expect(again.map(\.servable.name) == ["a"])
    #expect(state.finished(again[0], .same, at: at(1.3)) == [.answer("a", update: 2, .success([1]))])
}

@Test func oneLookThatHangsHoldsUpNoOtherModelAndNoRound() {
    var state = settled()
    let orders = state.orders(at: at(1))
    _ = state.finished(orders[1], .same, at: at(1))
    #expect(state.looksInProgress == 1)
    let actions = state.isHanging(orders[0], seconds: 5)
    #expect(actions.contains(.trouble("a", .unavailable("/a has not answered for 5 s"))))
    #expect(state.looksInProgress == 0)
    #expect(state.orders(at: at(6)).map(\.servable.name) == ["b"])
    #expect(state.finished(orders[0], .same, at: at(7)).contains(.trouble("a", nil)))
    #expect(state.orders(at: at(7)).map(\.servable.name) == ["a"])
}

@Test func removedModelIsGivenUpAndWhatIsFoundLaterIsIgnored() {
    var state = settled()
    let orders = state.orders(at: at(1))
    let actions = state.update([servables[1]], isLooking: true, at: at(1))
    #expect(actions == [.publish("a", []), .unwatch(key: 1)])
    #expect(state.finished(orders[0], .failed(.notFound("")), at: at(1)) == [.unwatch(key: 1)])
    #expect(state.looksInProgress == 1)
}

@Test func anotherBasePathIsLookedAtWithoutWaitingForTheOldOne() {
    var state = settled()
    let old = state.orders(at: at(1))[0]
    let moved = MonitoredServable(name: "a", basePath: "/b")
    #expect(state.update([moved, servables[1]], isLooking: true, at: at(1)) == [.unwatch(key: 1)])
    let order = state.orders(at: at(1))[0]
    #expect(order.servable == moved && order.unlessStill == nil)
    let result = BaseLook.take(order, in: fileSystem, reports: nil)
    let found = state.finished(order, result, at: at(1))
    #expect(found.contains { if case .publish("a", let versions) = $0 { versions[0].path == "/b/1" } else { false } })
    #expect(state.finished(old, .failed(.notFound("")), at: at(2)) == [.unwatch(key: 1)])
}
