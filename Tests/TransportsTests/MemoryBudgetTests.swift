import Testing

@testable import Transports

@Suite struct MemoryBudgetTests {
    @Test func theLimitHolds() {
        let budget = MemoryBudget(limit: 10)
        let taken = [6, 5, 4, 1, 0].map { budget.take($0) }
        #expect(taken == [true, false, true, false, true])
        budget.give(10)
        #expect(budget.bytesInUse == 0)
        #expect(!budget.take(11))
        #expect(budget.bytesInUse == 0)
    }
}
