import Synchronization
import Testing

@testable import Threading

@Suite struct PacePolicyTests {
    private let millisecond: UInt64 = 1_000_000

    @Test func withoutRequestsNothingRests() {
        var policy = PacePolicy()
        for now in 0..<100 as Range<UInt64> {
            let rest = policy.rest(
                afterWork: 5 * millisecond, requestsBegun: 0, areInProgress: false, at: now * millisecond)
            #expect(rest == 0)
        }
    }

    @Test func workRestsForAMultipleOfItselfWhileRequestsAreAnswered() {
        var policy = PacePolicy()
        let rest = policy.rest(afterWork: millisecond, requestsBegun: 1, areInProgress: true, at: 0)
        #expect(rest == policy.restPerWork * millisecond)
    }

    @Test func shortStepsAreAddedUp() {
        var policy = PacePolicy()
        policy.leastWork = 10
        var rests: [UInt64] = []
        for _ in 0..<9 { rests.append(policy.rest(afterWork: 4, requestsBegun: 1, areInProgress: true, at: 0)) }
        #expect(rests == [0, 0, 108, 0, 0, 108, 0, 0, 108])
    }

    @Test func noRestIsLongHoweverLongTheStep() {
        var policy = PacePolicy()
        for worked in [1000 * millisecond, UInt64.max] {
            let rest = policy.rest(afterWork: worked, requestsBegun: 1, areInProgress: true, at: 0)
            #expect(rest == policy.longestRest)
        }
    }

    @Test func requestsBetweenTwoStepsAreNoticedAndForgotten() {
        var policy = PacePolicy()
        func rest(_ policy: inout PacePolicy, begun: UInt64, at now: UInt64) -> Bool {
            policy.rest(afterWork: millisecond, requestsBegun: begun, areInProgress: false, at: now) > 0
        }
        #expect(!rest(&policy, begun: 0, at: 0))
        #expect(rest(&policy, begun: 1, at: 10 * millisecond))
        #expect(rest(&policy, begun: 1, at: 110 * millisecond))
        #expect(!rest(&policy, begun: 1, at: 111 * millisecond))
        #expect(rest(&policy, begun: 5, at: 900 * millisecond))
    }

    @Test func requestsMakeItBusyForAWhile() {
        var policy = PacePolicy()
        let moments: [(begun: UInt64, inProgress: Bool, time: UInt64)] = [
            (0, false, 5), (1, true, 6), (1, false, 106), (1, false, 107), (2, false, 900),
        ]
        let busy = moments.map {
            policy.isBusy(requestsBegun: $0.begun, areInProgress: $0.inProgress, at: $0.time * millisecond)
        }
        #expect(busy == [false, true, true, false, true])
    }

    /// Whatever the steps, work takes no more than its share of a busy time, but for what is not yet owed.
    @Test func theShareOfWorkIsBounded() {
        var seed: UInt64 = 7
        for _ in 0..<50 {
            var policy = PacePolicy()
            var worked: UInt64 = 0
            var rested: UInt64 = 0
            for _ in 0..<200 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let step = (seed >> 33) % 3_000_000
                worked += step
                rested += policy.rest(
                    afterWork: step, requestsBegun: 1, areInProgress: true, at: worked + rested)
            }
            #expect(rested + policy.leastWork * policy.restPerWork >= worked * policy.restPerWork)
        }
    }
}

@Suite struct WorkPaceTests {
    private struct StoppedClock: Clock {
        func nanoseconds() -> UInt64 { 1000 }
    }

    private func rests(_ use: (WorkPace) -> Void) -> Int {
        let counter = Counter()
        use(WorkPace(clock: StoppedClock()) { _ in counter.value.add(1, ordering: .relaxed) })
        return counter.value.load(ordering: .relaxed)
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// About a millisecond or more of a processor's time.
    private func work() {
        var sum: UInt64 = 1
        for index in 0..<3_000_000 as Range<UInt64> { sum = sum &* 31 &+ index }
        withExtendedLifetime(sum) {}
    }

    @Test func stepsRestOnlyWhileRequestsAreInProgress() {
        #expect(rests { pace in for _ in 0..<3 { pace.step(work) } } == 0)
        let busy = rests { pace in
            pace.requestBegins()
            for _ in 0..<3 { pace.step(work) }
            pace.requestEnds()
        }
        #expect(busy > 0)
    }

    @Test func stepsPassOnResultsAndErrors() throws {
        struct Failure: Error {}
        let pace = WorkPace()
        #expect(pace.step { 7 } == 7)
        #expect(throws: Failure.self) { try pace.step { () throws(Failure) in throw Failure() } }
    }
}
