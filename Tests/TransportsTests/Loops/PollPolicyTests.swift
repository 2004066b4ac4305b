import Testing

@testable import Transports

@Suite struct PollPolicyTests {
    private static let short = PollPolicy.longest / 2
    private static let long = PollPolicy.longest * 100

    /// How many of `waits` the policy looked before, and how often in vain.
    private func looks(_ policy: inout PollPolicy, _ waits: [UInt64]) -> (all: Int, inVain: Int) {
        var all = 0
        var inVain = 0
        for wait in waits {
            if policy.limit > 0 {
                all += 1
                if wait > PollPolicy.longest { inVain += 1 }
            }
            policy.waitEnded(after: wait)
        }
        return (all, inVain)
    }

    @Test func newLoopSleeps() {
        #expect(PollPolicy().limit == 0)
    }

    @Test func idleLoopNeverLooks() {
        var policy = PollPolicy()
        #expect(looks(&policy, Array(repeating: Self.long, count: 1000)).all == 0)
    }

    @Test func shortWaitsAreLookedThrough() {
        var policy = PollPolicy()
        let (all, inVain) = looks(&policy, Array(repeating: Self.short, count: 1000))
        #expect(all > 980)
        #expect(inVain == 0)
    }

    @Test func oneLongWaitEndsLooking() {
        var policy = PollPolicy()
        _ = looks(&policy, Array(repeating: Self.short, count: 100) + [Self.long])
        #expect(policy.limit == 0)
        #expect(looks(&policy, Array(repeating: Self.long, count: 100)).all == 0)
    }

    @Test func burstsAreLookedThroughLessAndLess() {
        var policy = PollPolicy()
        let burst = Array(repeating: Self.short, count: 20) + [Self.long]
        let first = looks(&policy, (0..<10).flatMap { _ in burst })
        let later = looks(&policy, (0..<1000).flatMap { _ in burst })
        #expect(first.all > 0)
        #expect(later.all == 0)
    }

    @Test func trustComesBackAfterManyShortWaits() {
        var policy = PollPolicy()
        let burst = Array(repeating: Self.short, count: 20) + [Self.long]
        _ = looks(&policy, (0..<100).flatMap { _ in burst })
        _ = looks(&policy, Array(repeating: Self.short, count: 5000))
        #expect(policy.limit == PollPolicy.longest)
        policy.waitEnded(after: Self.long)
        #expect(looks(&policy, Array(repeating: Self.short, count: 20)).all > 0)
    }
}
