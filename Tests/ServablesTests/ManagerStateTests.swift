import ServingCore
import Testing

@testable import Servables

private typealias Driver = ManagerStateDriver

private func aspired(_ versions: Int64...) -> [AspiredVersion] {
    versions.map { AspiredVersion(version: $0, path: "/m/\($0)") }
}

@Test func oldVersionServesUntilTheNewOneIsReady() {
    var driver = Driver()
    #expect(driver.aspire(1) == [1])
    #expect(driver.finish(1) == [])
    #expect(driver.aspire(2) == [2])
    #expect(driver.ready == [1])
    #expect(driver.finish(2) == [-1])
    #expect(driver.ready == [2])
    #expect(driver.unloaded(1) == [])
    #expect(driver.end(1) == .ok)
}

@Test func versionThatFailsDoesNotDisplaceAGoodOne() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1)
    _ = driver.aspire(2)
    #expect(driver.finish(2, .failed(broken, .permanent)) == [])
    #expect(driver.ready == [1])
    #expect(driver.end(2) == broken)
    #expect(driver.aspire(1) == [])
    #expect(driver.ready == [1])
}

@Test func versionThatDisappearsServesUntilThePreviousOneIsBack() {
    var driver = Driver()
    _ = driver.aspire(2)
    _ = driver.finish(2)
    #expect(driver.aspire(1) == [1])
    #expect(driver.ready == [2])
    #expect(driver.finish(1) == [-2])
    #expect(driver.ready == [1])
}

@Test func nothingWantedUnloadsEverything() {
    var driver = Driver()
    _ = driver.aspire(1, 2)
    _ = driver.finish(1)
    _ = driver.finish(2)
    #expect(driver.aspire() == [-1, -2])
    #expect(driver.unloaded(1) + driver.unloaded(2) == [])
    #expect(driver.state.models.isEmpty)
}

@Test func highestWantedVersionIsLoadedFirst() {
    var driver = Driver()
    #expect(driver.aspire(1, 3, 2) == [3, 2, 1])
}

@Test func ofSeveralUnwantedVersionsOneIsSpared() {
    var driver = Driver()
    _ = driver.aspire(1, 2, 3)
    for version in 1...3 as ClosedRange<Int64> { _ = driver.finish(version) }
    #expect(driver.aspire(9) == [-1, -2, 9])
    #expect(driver.ready == [3])
    #expect(driver.finish(9) == [-3])
}

@Test func transientErrorIsRetriedAfterTheIntervalAndThenGivenUp() {
    var driver = Driver()
    let busy = Status.unavailable("busy")
    _ = driver.aspire(1)
    for _ in 0..<2 {
        #expect(driver.finish(1, .failed(busy, .transient)) == [])
        #expect(driver.state.nextDecision == driver.now.advanced(byNanoseconds: 100))
        #expect(driver.advance(99) == [])
        #expect(driver.advance(1) == [1])
    }
    #expect(driver.end(1) == nil)
    #expect(driver.finish(1, .failed(busy, .transient)) == [])
    #expect(driver.end(1) == busy)
    #expect(driver.state.nextDecision == nil)
    #expect(driver.advance(1_000_000) == [])
}

@Test func failedVersionIsTriedAgainOnlyWhenItsFilesChange() {
    var driver = Driver()
    _ = driver.aspire(1, fingerprint: 1)
    _ = driver.finish(1, .failed(broken, .permanent))
    #expect(driver.aspire(1, fingerprint: 1) == [])
    #expect(driver.aspire(1, fingerprint: nil) == [])
    #expect(driver.aspire(1, fingerprint: 2) == [1])
    #expect(driver.finish(1, fingerprint: 2) == [])
    #expect(driver.ready == [1])
}

@Test func versionWhoseFilesChangedWhileItFailedIsTriedAgainAtOnce() {
    var driver = Driver()
    _ = driver.aspire(1, fingerprint: 1)
    #expect(driver.aspire(1, fingerprint: 2) == [])
    #expect(driver.finish(1, .failed(broken, .permanent), fingerprint: 1) == [1])
    #expect(driver.finish(1, .failed(broken, .permanent), fingerprint: 2) == [])
    #expect(driver.end(1) == broken)
}

@Test func incompleteVersionIsLookedAtAgainForEverAndNeverFails() {
    var driver = Driver()
    let missing = Status.unavailable("shard missing")
    _ = driver.aspire(1)
    for _ in 0..<20 {
        #expect(driver.finish(1, .failed(missing, .incomplete)) == [])
        #expect(driver.state.monitor.state(of: id(1))?.state == .loading)
        #expect(driver.state.monitor.state(of: id(1))?.status == missing)
        #expect(driver.state.settled("m") == nil)
        #expect(driver.advance(50) == [1])
    }
    #expect(driver.finish(1) == [])
    #expect(driver.ready == [1])
    #expect(driver.state.monitor.state(of: id(1))?.status == .ok)
}

@Test func incompleteVersionIsReportedOnceForEachReason() {
    var driver = Driver(retry: RetryPolicy(incompleteInterval: 1))
    _ = driver.aspire(1)
    for reason in ["a", "a", "b", "b"] {
        _ = driver.finish(1, .failed(.unavailable(reason), .incomplete))
        #expect(driver.advance(1) == [1])
    }
    #expect(driver.warnings.count == 2)
}

@Test func loadOfFilesThatChangeMeanwhileIsThrownAway() {
    var driver = Driver()
    _ = driver.aspire(1)
    for _ in 0..<5 {
        #expect(driver.finish(1, .loaded(changed: true)) == [])
        #expect(driver.ready == [])
        #expect(driver.advance(50) == [1])
    }
    #expect(driver.finish(1, .loaded(changed: true)) == [])
    #expect(driver.ready == [1])
}

@Test func loadThatIsNotWantedAnyMoreIsCancelled() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1)
    #expect(driver.aspire(2) == [2])
    #expect(driver.aspire(1) == [])
    let isServed = driver.state.loadFinished(driver.attempt(2), .loaded(changed: false), at: driver.now)
    #expect(!isServed)
    #expect(driver.end(2) == Status(.cancelled, "Loading of servable cancelled"))
    #expect(driver.ready == [1])
}

@Test func unwantedLoadIsServedWhenThereIsNothingElse() {
    var driver = Driver()
    _ = driver.aspire(1)
    #expect(driver.aspire(2) == [2])
    #expect(driver.finish(1) == [])
    #expect(driver.ready == [1])
    #expect(driver.finish(2) == [-1])
}

@Test func queuedLoadThatIsGivenUpAndWantedAgainIsLoaded() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.aspire()
    let isBegun = driver.state.loadStarted(driver.attempt(1), fingerprint: 1)
    #expect(!isBegun)
    #expect(driver.aspire(1) == [])
    #expect(driver.finish(1, .cancelled) == [1])
    #expect(driver.finish(1) == [])
    #expect(driver.ready == [1])
}

@Test func versionWantedAgainWhileItUnloadsIsLoadedAnew() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1)
    #expect(driver.aspire() == [-1])
    #expect(driver.aspire(1) == [])
    #expect(driver.unloaded(1) == [1])
    #expect(driver.finish(1) == [])
    #expect(driver.ready == [1])
}

@Test func settledTellsTheHighestVersionThatCameToAnEnd() {
    var driver = Driver()
    _ = driver.aspire(1, 2)
    #expect(driver.state.settled("m") == nil)
    _ = driver.finish(1)
    #expect(driver.state.settled("m")?.id == id(1))
    _ = driver.finish(2, .failed(broken, .permanent))
    #expect(driver.state.settled("m")?.id == id(2))
    #expect(driver.state.settled("m")?.status == broken)
}

@Test func versionThatMovedIsTriedAtOnceWhereItIsNow() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1, .failed(.unavailable("missing"), .incomplete))
    #expect(driver.aspire(1, in: "/m/01", fingerprint: 1) == [1])
    #expect(driver.attempt(1).path == "/m/01")
}

@Test func startWaitsForFirstAttempts() {
    var driver = Driver()
    #expect(!driver.state.hasUndecidedModels)
    _ = driver.aspire(1)
    #expect(driver.state.hasUndecidedModels)
    _ = driver.finish(1)
    #expect(!driver.state.hasUndecidedModels)
}

@Test func startDoesNotWaitForAttemptsAfterAFailedOne() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1, .failed(.unavailable("busy"), .transient))
    #expect(!driver.state.hasUndecidedModels)
    let seen = driver.state.monitor.state(of: id(1))
    #expect(seen?.state == .loading && seen?.status == .unavailable("busy"))
    #expect(driver.advance(100) == [1])
}

@Test func startDoesNotWaitForFilesThatAreStillArriving() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1, .failed(.unavailable("missing"), .incomplete))
    #expect(!driver.state.hasUndecidedModels)
}

@Test func startDoesNotWaitForAVersionThatWentAwayWhileItWasLoaded() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.aspire()
    _ = driver.finish(1)
    #expect(!driver.state.hasUndecidedModels)
    #expect(driver.state.settled("m") == nil)
}

@Test func modelsDoNotAffectEachOther() {
    var state = ManagerState()
    let now = Instant(nanoseconds: 0)
    state.setAspired("a", aspired(1))
    state.setAspired("b", aspired(1))
    for action in state.decide(at: now) {
        guard case .load(let attempt) = action else { continue }
        let isBroken = attempt.id.name == "a"
        _ = state.loadFinished(attempt, isBroken ? .failed(broken, .permanent) : .loaded(changed: false), at: now)
    }
    #expect(state.ready == [id(1, "b")])
    #expect(state.settled("a")?.status == broken)
}

@Test func logLinesAreTheReferencesOwn() {
    var state = ManagerState(retry: RetryPolicy(maximumRetries: 1, interval: 0))
    let now = Instant(nanoseconds: 0)
    state.setAspired("m", aspired(1))
    guard case .load(let first) = state.decide(at: now).last else { return #expect(Bool(false), "no load") }
    _ = state.loadFinished(first, .failed(.unavailable("busy"), .transient), at: now)
    var actions = state.decide(at: now)
    #expect(actions.contains(.log(.error, "Loading servable: {name: m version: 1} failed: UNAVAILABLE: busy")))
    actions += state.decide(at: now)
    #expect(actions.contains(.log(.info, "Retrying of Loading servable: {name: m version: 1} retry: 1")))
    guard case .load(let second) = actions.last else { return #expect(Bool(false), "no second load") }
    #expect(second.id == id(1) && second.path == "/m/1" && second.retry == 1)
    _ = state.loadFinished(second, .loaded(changed: false), at: now)
    #expect(
        state.decide(at: now) == [.log(.info, "Successfully loaded servable version {name: m version: 1}")])
}
