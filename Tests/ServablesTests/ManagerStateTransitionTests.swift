import ServingCore
import Testing

@testable import Servables

private typealias Driver = ManagerStateDriver

// MARK: - Kept versions

@Test func replacedVersionIsKeptAndServedAgainWithoutALoad() {
    var driver = Driver(keptVersions: 1)
    driver.serve(1)
    _ = driver.aspire(2)
    #expect(driver.finish(2) == [])
    #expect(driver.ready == [2])
    #expect(driver.end(1) == .ok)
    #expect(driver.aspire(1) == [])
    #expect(driver.ready == [1])
    #expect(driver.shown(1) == .available && driver.end(2) == .ok)
    #expect(driver.aspire(2) == [])
    #expect(driver.ready == [2])
}

@Test func noMoreVersionsAreKeptThanAllowedAndTheLastServedOnes() {
    var driver = Driver(keptVersions: 2)
    for version in 1...4 as ClosedRange<Int64> { driver.serve(version) }
    #expect(driver.leaving.map(\.version) == [1])
    #expect(driver.aspire(2) == [])
    #expect(driver.ready == [2])
    driver.serve(5)
    #expect(driver.leaving.map(\.version) == [1, 3])
}

@Test func keptVersionWhoseContentHasChangedIsLoadedAnew() {
    var driver = Driver(keptVersions: 1)
    driver.serve(1)
    driver.serve(2)
    #expect(driver.aspire(1, fingerprint: 2) == [-1])
    #expect(driver.ready == [2])
    #expect(driver.unloaded(1) == [1])
    #expect(driver.finish(1, fingerprint: 2) == [])
    #expect(driver.ready == [1])
}

@Test func keptVersionOfUnknownContentIsLoadedAnew() {
    var driver = Driver(keptVersions: 1)
    driver.serve(1)
    driver.serve(2)
    #expect(driver.aspire(1, fingerprint: nil) == [-1])
}

@Test func nothingIsKeptOfAModelThatIsGone() {
    var driver = Driver(keptVersions: 3)
    driver.serve(1)
    driver.serve(2)
    #expect(Set(driver.aspire()) == [-1, -2])
    _ = driver.unloaded(1)
    _ = driver.unloaded(2)
    #expect(driver.state.models.isEmpty)
}

@Test func standInIsKeptOnlyWhenItsReplacementIsServed() {
    var driver = Driver(keptVersions: 1)
    driver.serve(1)
    _ = driver.aspire(2)
    _ = driver.finish(2, .failed(broken, .permanent))
    #expect(driver.ready == [1])
}

// MARK: - Resource-preserving transitions

@Test func resourcePreservingTransitionUnloadsFirst() {
    var driver = Driver(transition: .resourcePreserving)
    driver.serve(1)
    #expect(driver.aspire(2) == [-1])
    #expect(driver.ready == [])
    #expect(driver.unloaded(1) == [2])
    #expect(driver.finish(2) == [])
    #expect(driver.ready == [2])
}

@Test func resourcePreservingTransitionKeepsWhatIsStillWanted() {
    var driver = Driver(transition: .resourcePreserving)
    driver.serve(1, 2)
    #expect(driver.aspire(2, 3) == [-1])
    #expect(driver.ready == [2])
    #expect(driver.unloaded(1) == [3])
}

@Test func resourcePreservingLoadThatIsNotWantedAnyMoreIsNotServed() {
    var driver = Driver(transition: .resourcePreserving)
    _ = driver.aspire(1)
    #expect(driver.aspire(2) == [2])
    #expect(driver.finish(1) == [])
    #expect(driver.ready == [])
}

// MARK: - Several wanted versions

@Test func oldVersionsGoOnlyWhenOneOfSeveralNewOnesIsGood() {
    var driver = Driver()
    driver.serve(1, 2)
    #expect(driver.aspire(3, 4) == [-1, 4, 3])
    #expect(driver.finish(4, .failed(broken, .permanent)) == [])
    #expect(driver.ready == [2])
    #expect(driver.finish(3) == [-2])
    #expect(driver.ready == [3])
}

@Test func goodVersionStaysWhenAllWantedOnesFail() {
    var driver = Driver()
    driver.serve(2)
    _ = driver.aspire(3, 4)
    _ = driver.finish(4, .failed(broken, .permanent))
    _ = driver.finish(3, .failed(broken, .permanent))
    #expect(driver.ready == [2])
    #expect(driver.aspire(4, 5) == [5])
    #expect(driver.finish(5) == [-2])
    #expect(driver.ready == [5])
}
