import ServingCore
import Testing

@testable import Servables

private typealias Driver = ManagerStateDriver

@Test func overwrittenVersionIsLoadedAnewWhileItsCopyServes() {
    var driver = Driver()
    driver.serve(1)
    #expect(driver.aspire(1, fingerprint: 2) == [1])
    #expect(driver.ready == [1])
    #expect(driver.shown(1) == .available)
    let old = driver.state.served.first?.copy
    #expect(driver.finish(1, fingerprint: 2) == [-1])
    #expect(driver.ready == [1] && driver.state.served.first?.copy != old)
    #expect(driver.leaving.map(\.copy) == [old])
    #expect(driver.shown(1) == .available)
    #expect(driver.unloaded(1) == [])
    #expect(driver.shown(1) == .available && driver.status(1) == .ok)
}

@Test func unknownOrEqualContentIsNotLoadedAnew() {
    var driver = Driver()
    driver.serve(1)
    #expect(driver.aspire(1, fingerprint: nil) == [])
    #expect(driver.aspire(1, fingerprint: 1) == [])
}

@Test func newContentThatFailsLeavesTheCopyAndSaysSo() {
    var driver = Driver()
    driver.serve(1)
    _ = driver.aspire(1, fingerprint: 2)
    #expect(driver.finish(1, .failed(broken, .permanent), fingerprint: 2) == [])
    #expect(driver.ready == [1])
    #expect(driver.shown(1) == .available)
    #expect(
        driver.status(1)
            == Status(
                .ok,
                "a newer content of this version failed to load: DATA_LOSS: broken; the copy loaded before serves on"))
    #expect(driver.state.settled("m")?.status == .ok)
    // Once the old content is back, or better content has come, nothing is said any more.
    #expect(driver.aspire(1, fingerprint: 1) == [])
    #expect(driver.status(1) == .ok)
    #expect(driver.aspire(1, fingerprint: 3) == [1])
    #expect(driver.finish(1, fingerprint: 3) == [-1])
    #expect(driver.status(1) == .ok)
}

@Test func newContentThatMayLoadLaterIsRetriedLikeAnyLoad() {
    var driver = Driver()
    driver.serve(1)
    _ = driver.aspire(1, fingerprint: 2)
    for _ in 0..<2 {
        #expect(driver.finish(1, .failed(.unavailable("busy"), .transient), fingerprint: 2) == [])
        #expect(driver.advance(100) == [1])
    }
    #expect(driver.finish(1, .failed(.unavailable("busy"), .transient), fingerprint: 2) == [])
    #expect(driver.advance(1000) == [])
    #expect(driver.ready == [1])
}

@Test func contentThatChangesDuringTheLoadIsThrownAwayAndLoadedAgain() {
    var driver = Driver()
    driver.serve(1)
    _ = driver.aspire(1, fingerprint: 2)
    #expect(driver.aspire(1, fingerprint: 3) == [])
    let old = driver.state.served.first?.copy
    #expect(driver.finish(1, fingerprint: 2) == [1])
    #expect(driver.state.served.first?.copy == old)
    #expect(driver.finish(1, fingerprint: 3) == [-1])
}

@Test func contentThatNeverSettlesIsServedAllTheSame() {
    var driver = Driver()
    _ = driver.aspire(1, fingerprint: 1)
    for fingerprint in 2...6 as ClosedRange<UInt64> {
        #expect(driver.aspire(1, fingerprint: fingerprint) == [])
        #expect(driver.finish(1, fingerprint: fingerprint - 1) == [1])
        #expect(driver.ready == [])
    }
    #expect(driver.aspire(1, fingerprint: 7) == [])
    #expect(driver.finish(1, fingerprint: 6) == [1])
    #expect(driver.ready == [1])
}

@Test func lookThatIsOlderThanTheLoadCausesNoSecondOne() {
    var driver = Driver()
    _ = driver.aspire(1, fingerprint: 1)
    #expect(driver.finish(1, fingerprint: 2) == [])
    #expect(driver.aspire(1, fingerprint: 2) == [])
}

@Test func versionThatIsFoundInAnotherDirectoryIsLoadedFromThere() {
    var driver = Driver()
    driver.serve(1)
    #expect(driver.aspire(1, in: "/other/1", fingerprint: 1) == [1])
    #expect(driver.attempt(1).path == "/other/1")
    #expect(driver.ready == [1])
    #expect(driver.finish(1) == [-1])
    #expect(driver.ready == [1])
}

@Test func nextContentWaitsUntilThePreviousCopyIsFreed() {
    var driver = Driver()
    driver.serve(1)
    _ = driver.aspire(1, fingerprint: 2)
    _ = driver.finish(1, fingerprint: 2)
    #expect(driver.aspire(1, fingerprint: 3) == [])
    #expect(driver.unloaded(1) == [1])
}

@Test func newContentIsForgottenWhenTheVersionIsNotWantedAnyMore() {
    var driver = Driver()
    driver.serve(1)
    _ = driver.aspire(1, fingerprint: 2)
    #expect(driver.aspire() == [-1])
    #expect(driver.finish(1, fingerprint: 2) == [])
    #expect(driver.ready == [])
    #expect(driver.unloaded(1) == [])
    #expect(driver.state.models.isEmpty && driver.end(1) == .ok)
}

@Test func vanishedVersionThatStandsInIsNotTouched() {
    var driver = Driver()
    driver.serve(1)
    #expect(driver.aspire(2) == [2])
    #expect(driver.finish(2, .failed(broken, .permanent)) == [])
    #expect(driver.ready == [1])
    #expect(driver.shown(1) == .available && driver.status(1) == .ok)
}

@Test func storageTroubleIsShownAndUnloadsNothing() {
    var driver = Driver()
    driver.serve(1)
    driver.state.setStorageTrouble("m", .unavailable("gone"))
    #expect(driver.decide() == [])
    driver.state.setStorageTrouble("m", .unavailable("still gone"))
    #expect(driver.decide() == [])
    #expect(driver.warnings == ["The storage of model m cannot be read (UNAVAILABLE: gone); what is loaded serves on"])
    #expect(driver.shown(1) == .available)
    #expect(
        driver.status(1)
            == Status(
                .ok, "the storage of this model cannot be read: UNAVAILABLE: still gone; the loaded copy serves on"))
    driver.state.setStorageTrouble("m", nil)
    #expect(driver.decide() == [])
    #expect(driver.status(1) == .ok)
}

@Test func versionThatFailedShowsItsOwnErrorInStorageTrouble() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1, .failed(broken, .permanent))
    driver.state.setStorageTrouble("m", .unavailable("gone"))
    _ = driver.decide()
    #expect(driver.end(1) == broken)
}
