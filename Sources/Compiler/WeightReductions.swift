import Execution
import Synchronization

/// Gathers what weights lose while a model is compiled, also those of its functions.
final class WeightReductions: Sendable {
    /// Nil once nobody asks any more: programs that are made later must not be counted for ever.
    private let gathered = Mutex<Set<WeightReduction>?>([])

    func add(_ reductions: [WeightReduction]) {
        guard !reductions.isEmpty else { return }
        gathered.withLock { $0?.formUnion(reductions) }
    }

    /// All of them so far, and no further ones.
    func take() -> Set<WeightReduction> {
        gathered.withLock { gathered in
            defer { gathered = nil }
            return gathered ?? []
        }
    }
}
