import Testing

@testable import Threading

@Suite struct HelpPolicyTests {
    private let price = HelpPolicy.wakePrice

    @Test func ownerWorksAloneWhenNobodyIsIdle() {
        let policy = HelpPolicy(
            pieces: 100, threads: 8, watching: 0, sleeping: 0, work: price * 100, unhelped: 7)
        #expect(policy.room == 0)
        #expect(policy.wake == 0)
        #expect(policy.unhelped == 7)
    }

    @Test func watchingThreadsHelpWithTheSmallestRegion() {
        let policy = HelpPolicy(pieces: 2, threads: 8, watching: 1, sleeping: 0, work: 1, unhelped: 0)
        #expect(policy.room == 1)
        #expect(policy.wake == 0)
        #expect(policy.lanes(watching: 1) == 2)
    }

    @Test func sleepingThreadsAreNotWokenForASmallRegion() {
        let policy = HelpPolicy(pieces: 8, threads: 8, watching: 0, sleeping: 7, work: price - 1, unhelped: 0)
        #expect(policy.room == 0)
        #expect(policy.wake == 0)
        #expect(policy.unhelped == price - 1)
    }

    @Test func sleepingThreadIsWokenWhenManySmallRegionsHaveGoneWithoutHelp() {
        var unhelped: UInt64 = 0
        var regions = 0
        var woken = 0
        while woken == 0 {
            let policy = HelpPolicy(
                pieces: 2, threads: 2, watching: 0, sleeping: 1, work: price / 8, unhelped: unhelped)
            (unhelped, woken) = (policy.unhelped, policy.wake)
            regions += 1
        }
        #expect(regions == 8)
        #expect(woken == 1)
        #expect(unhelped == 0)
    }

    @Test func asManyAreWokenAsAreWorthIt() {
        let policy = HelpPolicy(pieces: 1000, threads: 64, watching: 0, sleeping: 63, work: price * 3, unhelped: 0)
        #expect(policy.wake == 3)
        #expect(policy.room == 63)
        #expect(policy.lanes(watching: 0) == 4)
    }

    @Test func callsInVainMakeWakingDearer() {
        let cheap = HelpPolicy(pieces: 2, threads: 2, watching: 0, sleeping: 1, work: price, unhelped: 0)
        let dear = HelpPolicy(pieces: 2, threads: 2, watching: 0, sleeping: 1, work: price, unhelped: 0, vainCalls: 1)
        #expect(cheap.wake == 1)
        #expect(dear.wake == 0)
    }

    @Test func enormousWorkDoesNotOverflow() {
        let policy = HelpPolicy(
            pieces: .max, threads: .max, watching: 3, sleeping: 4, work: .max, unhelped: .max,
            vainCalls: HelpPolicy.mostVainCalls)
        #expect(policy.wake == 4)
    }

    /// Whatever comes in, an owner never expects more threads than there are.
    @Test func threadsAreNeverExceeded() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let threads = Int.random(in: 1...64, using: &random)
            let watching = Int.random(in: 0...threads, using: &random)
            let policy = HelpPolicy(
                pieces: Int.random(in: 0...200, using: &random), threads: threads, watching: watching,
                sleeping: Int.random(in: 0...threads, using: &random),
                work: UInt64.random(in: 0...10_000_000, using: &random),
                unhelped: UInt64.random(in: 0...10_000_000, using: &random))
            #expect(policy.room < threads)
            #expect(policy.lanes(watching: watching) <= threads)
            #expect(policy.wake <= policy.room)
        }
    }
}

@Suite struct WatchPolicyTests {
    @Test func whoWasCalledStaysForTheNextRegion() {
        var policy = WatchPolicy()
        for _ in 0..<20 { policy.watchEnds(found: false) }
        #expect(policy.begin(at: 0).limit(isRunUnderWay: false) == WatchPolicy.shortest)
        var watch = policy.begin(at: 0, wasCalled: true)
        let stays = watch.pays(at: HelpPolicy.wakePrice, isRunUnderWay: false, isRegionUnderWay: false)
        let goes = !watch.pays(at: HelpPolicy.wakePrice + 1, isRunUnderWay: false, isRegionUnderWay: false)
        #expect(stays && goes)
    }

    @Test func watchingGetsShorterWhenItIsInVainAndLongerWhenItPays() {
        var policy = WatchPolicy()
        let begin = policy.begin(at: 0).limit(isRunUnderWay: true)
        for _ in 0..<20 { policy.watchEnds(found: false) }
        #expect(policy.begin(at: 0).limit(isRunUnderWay: true) == WatchPolicy.shortest)
        #expect(policy.begin(at: 0).limit(isRunUnderWay: false) == WatchPolicy.shortest)
        for _ in 0..<20 { policy.watchEnds(found: true) }
        #expect(policy.begin(at: 0).limit(isRunUnderWay: true) == WatchPolicy.longestDuringRun)
        #expect(policy.begin(at: 0).limit(isRunUnderWay: false) == WatchPolicy.longestAfterRun)
        #expect(begin < WatchPolicy.longestDuringRun)
    }

    /// A run of a few regions ends with one watch in vain, which must not cost what the others have earned.
    @Test func oneWatchInVainPerRunIsForgiven() {
        var policy = WatchPolicy()
        for _ in 0..<100 {
            for _ in 0..<4 { policy.watchEnds(found: true) }
            policy.watchEnds(found: false)
        }
        #expect(policy.begin(at: 0).limit(isRunUnderWay: true) >= WatchPolicy.longestDuringRun / 2)
    }

    /// Who shares the work of a region is there for the next one, even if his part was the smaller one.
    @Test func watchingGoesOnWhileOthersWorkOnARegion() {
        var policy = WatchPolicy()
        for _ in 0..<20 { policy.watchEnds(found: false) }
        var watch = policy.begin(at: 1000)
        let longest = WatchPolicy.longestDuringRegion
        let goesOn = [longest / 2, longest, longest + WatchPolicy.shortest, longest + WatchPolicy.shortest + 1].map {
            watch.pays(at: 1000 + $0, isRunUnderWay: true, isRegionUnderWay: true)
        }
        #expect(goesOn == [true, true, true, false])
    }

    @Test func timeWithoutARegionCountsFromItsEnd() {
        var watch = WatchPolicy().begin(at: 0)
        let limit = watch.limit(isRunUnderWay: true)
        let calls: [(time: UInt64, isRunUnderWay: Bool, isRegionUnderWay: Bool)] = [
            (300_000, true, true), (300_000 + limit, true, false), (300_001 + limit, true, false),
            (300_000 + limit, false, false),
        ]
        let goesOn = calls.map {
            watch.pays(at: $0.time, isRunUnderWay: $0.isRunUnderWay, isRegionUnderWay: $0.isRegionUnderWay)
        }
        #expect(goesOn == [true, true, false, false])
    }
}
