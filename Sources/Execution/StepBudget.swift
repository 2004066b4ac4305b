import Synchronization

/// How many records a recording still has room for; shared by all threads, which take some at a time.
final class StepBudget: Sendable {
    private static let slice = 64
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// Takes up to a slice; 0 if nothing is left.
    func take() -> Int { take(upTo: StepBudget.slice) }

    /// Takes room for one record; false if there is none.
    func takeOne() -> Bool { take(upTo: 1) == 1 }

    private func take(upTo wanted: Int) -> Int {
        var available = left.load(ordering: .relaxed)
        while available > 0 {
            let taken = min(wanted, available)
            let (exchanged, original) = left.weakCompareExchange(
                expected: available, desired: available - taken, ordering: .relaxed)
            if exchanged { return taken }
            available = original
        }
        return 0
    }

    func give(back count: Int) {
        if count > 0 { left.wrappingAdd(count, ordering: .relaxed) }
    }
}
