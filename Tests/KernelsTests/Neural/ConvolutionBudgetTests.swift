import Testing

@testable import Kernels

@Suite struct ConvolutionBudgetTests {
    private typealias Option = ConvolutionBudget.Option

    private let slow = Option(algorithm: .direct, nanoseconds: 100, extraBytes: 0)

    private func options(two: (Double, Int)? = nil, four: (Double, Int)? = nil) -> [Option] {
        [slow]
            + [(ConvolutionAlgorithm.winograd(.two), two), (.winograd(.four), four)].compactMap { algorithm, cost in
                cost.map { Option(algorithm: algorithm, nanoseconds: $0.0, extraBytes: $0.1) }
            }
    }

    @Test func withoutALimitEachTakesTheFastest() {
        let all = [options(two: (50, 10), four: (30, 40)), options(two: (20, 10), four: (30, 40)), options()]
        #expect(ConvolutionBudget.choices(all, limit: .max) == [2, 1, 0])
    }

    @Test func nothingIsTakenThatDoesNotFit() {
        let all = [options(two: (50, 10), four: (30, 40))]
        #expect([9, 10, 39, 40].map { ConvolutionBudget.choices(all, limit: $0) } == [[0], [1], [1], [2]])
        #expect(ConvolutionBudget.choices(all, limit: 0) == [0])
        #expect(ConvolutionBudget.choices([], limit: 0).isEmpty)
    }

    @Test func bytesGoWhereTheySaveTheMost() {
        let all = [options(two: (90, 10)), options(two: (50, 10)), options(two: (10, 100))]
        #expect(ConvolutionBudget.choices(all, limit: 10) == [0, 1, 0])
        #expect(ConvolutionBudget.choices(all, limit: 20) == [1, 1, 0])
        #expect(ConvolutionBudget.choices(all, limit: 119) == [1, 1, 0])
        #expect(ConvolutionBudget.choices(all, limit: 120) == [1, 1, 1])
    }

    /// What is left after a small form is not enough for it and the large one, but for the difference.
    @Test func aSmallFormMakesWayForALargeOne() {
        let all = [options(two: (50, 10), four: (20, 40)), options(two: (60, 10))]
        #expect(ConvolutionBudget.choices(all, limit: 49) == [1, 1])
        #expect(ConvolutionBudget.choices(all, limit: 50) == [2, 1])
    }

    @Test func theLimitHoldsForAnyOptions() {
        var numbers = SeededNumbers(71)
        for _ in 0..<300 {
            let all = (0..<numbers.next(0...12)).map { _ in
                options(
                    two: (Double(numbers.next(1...120)), numbers.next(1...50)),
                    four: (Double(numbers.next(1...120)), numbers.next(1...200)))
            }
            let limit = numbers.next(0...600)
            let chosen = zip(all, ConvolutionBudget.choices(all, limit: limit)).map { $0[$1] }
            #expect(chosen.reduce(0) { $0 + $1.extraBytes } <= limit)
            #expect(chosen.allSatisfy { $0.nanoseconds <= slow.nanoseconds })
        }
    }
}
