import ServingCore
import Testing

@testable import Servables

private func id(_ version: Int64, _ name: String = "m") -> ServableID { ServableID(name: name, version: version) }

private func aspired(_ versions: Int64...) -> [AspiredVersion] {
    versions.map { AspiredVersion(version: $0, path: "/m/\($0)") }
}

private let broken = Status.dataLoss("broken")

/// Drives a state by hand, with a clock that is moved by hand.
private struct Driver {
    var state = ManagerState(retry: RetryPolicy(maximumRetries: 2, interval: 100, incompleteInterval: 50))
    var now = Instant(nanoseconds: 0)

    /// The loads (positive) and unloads (negative) that are decided now.
    mutating func decide() -> [Int64] {
        state.decide(at: now).compactMap { action in
            switch action {
            case .load(let id, _, _): id.version
            case .unload(let id): -id.version
            case .log: nil
            }
        }
    }

    mutating func aspire(_ versions: Int64...) -> [Int64] {
        state.setAspired("m", versions.map { AspiredVersion(version: $0, path: "/m/\($0)") })
        return decide()
    }

    mutating func finish(_ version: Int64, _ outcome: LoadOutcome = .loaded(changed: false)) -> [Int64] {
        _ = state.loadStarted(id(version), fingerprint: 1)
        _ = state.loadFinished(id(version), outcome, at: now)
        return decide()
    }

    mutating func unloaded(_ version: Int64) -> [Int64] {
        state.unloadFinished(id(version))
        return decide()
    }

    mutating func advance(_ nanoseconds: UInt64) -> [Int64] {
        now = now.advanced(byNanoseconds: nanoseconds)
        return decide()
    }

    var ready: [Int64] { state.ready.map(\.version) }

    func end(_ version: Int64) -> Status? {
        guard let known = state.monitor.state(of: id(version)), known.state == .end else { return nil }
        return known.status
    }
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
    _ = driver.aspire(1)
    _ = driver.finish(1, .failed(broken, .permanent))
    #expect(driver.state.inspected == [id(1)])
    driver.state.filesSeen(id(1), fingerprint: 1)
    #expect(driver.decide() == [])
    driver.state.filesSeen(id(1), fingerprint: nil)
    #expect(driver.decide() == [])
    driver.state.filesSeen(id(1), fingerprint: 2)
    #expect(driver.decide() == [1])
    #expect(driver.finish(1) == [])
    #expect(driver.ready == [1])
    #expect(driver.state.inspected == [])
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
    var state = ManagerState(retry: RetryPolicy(incompleteInterval: 0))
    state.setAspired("m", aspired(1))
    var warnings = 0
    for reason in ["a", "a", "b", "b"] {
        _ = state.decide(at: Instant(nanoseconds: 0))
        _ = state.loadFinished(id(1), .failed(.unavailable(reason), .incomplete), at: Instant(nanoseconds: 0))
        let actions = state.decide(at: Instant(nanoseconds: 0))
        warnings += actions.filter { if case .log(.warning, _) = $0 { true } else { false } }.count
    }
    #expect(warnings == 2)
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
    let isServed = driver.state.loadFinished(id(2), .loaded(changed: false), at: driver.now)
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
    let isBegun = driver.state.loadStarted(id(1), fingerprint: 1)
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

@Test func nextAttemptLooksIntoTheDirectoryThatTheVersionHasNow() {
    var driver = Driver()
    _ = driver.aspire(1)
    _ = driver.finish(1, .failed(.unavailable("missing"), .incomplete))
    driver.state.setAspired("m", [AspiredVersion(version: 1, path: "/m/01")])
    #expect(driver.advance(50) == [1])
    #expect(driver.state[id(1)]?.path == "/m/01")
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
    _ = state.decide(at: now)
    _ = state.loadFinished(id(1, "a"), .failed(broken, .permanent), at: now)
    _ = state.loadFinished(id(1, "b"), .loaded(changed: false), at: now)
    #expect(state.ready == [id(1, "b")])
    #expect(state.settled("a")?.status == broken)
}

@Test func logLinesAreTheReferencesOwn() {
    var state = ManagerState(retry: RetryPolicy(maximumRetries: 1, interval: 0))
    let now = Instant(nanoseconds: 0)
    state.setAspired("m", aspired(1))
    _ = state.decide(at: now)
    _ = state.loadFinished(id(1), .failed(.unavailable("busy"), .transient), at: now)
    let failure = state.decide(at: now)
    #expect(failure.contains(.log(.error, "Loading servable: {name: m version: 1} failed: UNAVAILABLE: busy")))
    #expect(failure.contains(.log(.info, "Retrying of Loading servable: {name: m version: 1} retry: 1")))
    #expect(failure.last == .load(id(1), path: "/m/1", retry: 1))
    _ = state.loadFinished(id(1), .loaded(changed: false), at: now)
    #expect(
        state.decide(at: now) == [.log(.info, "Successfully loaded servable version {name: m version: 1}")])
}
