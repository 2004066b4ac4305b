import ServingCore
import Testing

@testable import Servables

/// A state with a budget of 100 bytes, whose loads and unloads end when the test says so.
private struct BudgetDriver {
    var state: ManagerState
    var now = Instant(nanoseconds: 0)
    var sizes: [String: Int] = [:]
    var usage: [String: ManagerState.Usage] = [:]
    private var attempts: [LoadAttempt] = []
    private var leaving: [(id: ServableID, copy: UInt64)] = []

    init(pinned: Set<String> = [], order: [String] = []) {
        state = ManagerState(budget: ManagerState.Budget(byteLimit: 100, pinned: pinned))
        state.setOrder(order)
    }

    mutating func aspire(_ name: String, _ size: Int, version: Int64 = 1) {
        sizes[name] = size
        state.setAspired(name, [AspiredVersion(version: version, path: "/\(name)/\(version)", fingerprint: 1)])
    }

    mutating func act() {
        let names = Dictionary(uniqueKeysWithValues: state.served.map { ($0.copy, $0.id.name) })
        let usage = usage
        let decided = state.decide(at: now) { copy in
            names[copy].flatMap { usage[$0] } ?? ManagerState.Usage()
        }
        for action in decided {
            switch action {
            case .measure(let id, let path): state.measured(id, path: path, byteCount: sizes[id.name])
            case .load(let attempt): attempts.append(attempt)
            case .unload(let id, let copy): leaving.append((id, copy))
            case .log: break
            }
        }
    }

    /// Lets everything happen that is under way, and half a second pass.
    mutating func settle() {
        for _ in 0..<4 {
            act()
            for attempt in attempts {
                _ = state.loadStarted(attempt, fingerprint: 1)
                let outcome = LoadOutcome.loaded(changed: false, byteCount: sizes[attempt.id.name]!)
                _ = state.loadFinished(attempt, outcome, at: now)
            }
            attempts = []
            act()
            for (id, copy) in leaving { state.unloadFinished(id, copy: copy) }
            leaving = []
        }
        act()
        now = now.advanced(byNanoseconds: ManagerState.Budget.grace / 2)
    }

    mutating func use(_ name: String, inFlight: Int = 0) {
        now = now.advanced(byNanoseconds: 1)
        usage[name] = ManagerState.Usage(lastUsed: now, requestsInFlight: inFlight)
    }

    mutating func demand(_ name: String) {
        state.demand(name)
        settle()
    }

    var ready: [String] { state.ready.map(\.name) }

    func status(_ name: String) -> ServableVersionState? { state.monitor.state(of: ServableID(name: name, version: 1)) }
}

@Test func modelsAreLoadedInTheOrderOfTheConfigurationWhileTheyFit() {
    var driver = BudgetDriver(order: ["c", "a", "b"])
    for name in ["a", "b", "c"] { driver.aspire(name, 40) }
    driver.settle()
    #expect(driver.ready == ["a", "c"])
    #expect(driver.state.isDormant("b") && !driver.state.isDormant("a"))
    #expect(driver.status("b")?.state == .start)
    #expect(
        driver.status("b")?.status
            == Status(
                .ok, "not loaded: about 1 MiB do not fit into the memory budget of 1 MiB now; a request loads it"))
    #expect(!driver.state.hasUndecidedModels)
    #expect(driver.state.settled("b")?.status.isOK == true)
}

@Test func demandUnloadsTheModelThatWasUsedLongestAgo() {
    var driver = BudgetDriver()
    for name in ["a", "b", "c"] { driver.aspire(name, 40) }
    driver.settle()
    #expect(driver.ready == ["a", "b"])
    driver.use("b")
    driver.use("a")
    driver.demand("c")
    #expect(driver.ready == ["a", "c"])
    #expect(driver.state.isDormant("b"))
    driver.use("c")
    driver.demand("b")
    #expect(driver.ready == ["b", "c"])
}

@Test func modelWithRequestsInFlightGoesOnlyIfNoOtherCan() {
    var driver = BudgetDriver()
    for name in ["a", "b", "c"] { driver.aspire(name, 40) }
    driver.settle()
    driver.use("a", inFlight: 1)
    driver.use("b")
    driver.demand("c")
    #expect(driver.ready == ["a", "c"])
    driver.use("c", inFlight: 1)
    driver.demand("b")
    #expect(driver.ready == ["b", "c"])
}

@Test func demandWaitsUntilTheMemoryIsReallyFree() {
    var driver = BudgetDriver()
    for name in ["a", "b"] { driver.aspire(name, 60) }
    driver.settle()
    driver.use("a")
    driver.state.demand("b")
    driver.act()
    #expect(driver.ready == [] && driver.state.isComing("b"))
    #expect(driver.status("b")?.state == .start && driver.status("a")?.state == .unloading)
    driver.settle()
    #expect(driver.ready == ["b"])
}

@Test func modelThatWasJustLoadedIsGivenTheTimeToBeUsed() {
    var driver = BudgetDriver()
    for name in ["a", "b"] { driver.aspire(name, 60) }
    driver.settle()
    #expect(driver.ready == ["a"])
    driver.state.demand("b")
    driver.act()
    #expect(driver.ready == ["a"] && driver.state.isComing("b"))
    #expect(driver.state.nextDecision == Instant(nanoseconds: ManagerState.Budget.grace))
    driver.now = Instant(nanoseconds: ManagerState.Budget.grace)
    driver.settle()
    #expect(driver.ready == ["b"])
}

@Test func pinnedModelsComeFirstAndStay() {
    var driver = BudgetDriver(pinned: ["c"])
    for name in ["a", "b", "c"] { driver.aspire(name, 60) }
    driver.settle()
    #expect(driver.ready == ["c"])
    driver.use("c")
    driver.demand("a")
    #expect(driver.ready == ["c"])
    #expect(
        driver.status("a")?.status
            == .resourceExhausted(
                "there is no room for about 1 MiB in the memory budget of 1 MiB, and nothing that could go"))
}

@Test func modelLargerThanTheBudgetIsRefused() {
    var driver = BudgetDriver()
    driver.aspire("a", 200)
    driver.settle()
    #expect(driver.status("a")?.state == .end)
    #expect(
        driver.status("a")?.status
            == .resourceExhausted(
                "{name: a version: 1} needs about 1 MiB together with what has to stay beside it; the memory budget is "
                    + "1 MiB"))
}

@Test func labelledModelDoesNotGo() {
    var driver = BudgetDriver()
    for name in ["a", "b"] { driver.aspire(name, 60) }
    driver.state.setLabels(["a": ["stable": 1]], allowingUnavailable: false)
    driver.settle()
    driver.use("a")
    driver.demand("b")
    #expect(driver.ready == ["a"])
}

@Test func upgradeMayExceedTheBudgetByTheOldVersionOnly() {
    var driver = BudgetDriver()
    driver.aspire("a", 60)
    driver.aspire("b", 40)
    driver.settle()
    driver.use("b")
    driver.aspire("a", 60, version: 2)
    driver.settle()
    #expect(driver.state.ready == [id(2, "a"), id(1, "b")])
    driver.use("b")
    driver.aspire("a", 70, version: 3)
    driver.settle()
    #expect(driver.state.ready == [id(3, "a")], "b had to go for what a has grown")
}
