import Execution
import ServingCore
import Synchronization
import Tensors

/// The programs of one signature: for all outputs, and for each set of outputs that requests ask for.
final class SignaturePrograms: Sendable {
    private struct State {
        /// The program for all outputs; nil if they can't be asked for together.
        var whole: Program?
        var filtered: [[String]: Program] = [:]
        /// How often all programs were made anew.
        var generation = 0
    }

    /// All output aliases, sorted.
    private let outputs: [String]
    private let prepare: @Sendable ([String]) throws(Status) -> Program
    private let state = Mutex(State())

    /// At most so many programs for different output filters are kept.
    private static let maximumFilters = 64

    /// - Parameters:
    ///   - frozen: asked by `prepare` for values that programs may hold; has them made anew when these values will change.
    ///   - hasWhole: whether all outputs can be computed together.
    ///   - prepare: makes the program that fetches the outputs of the given aliases.
    init(
        outputs: [String], hasWhole: Bool, frozen: FrozenVariables,
        prepare: @escaping @Sendable ([String]) throws(Status) -> Program
    ) throws(Status) {
        self.outputs = outputs
        self.prepare = prepare
        // Before the first program is made, so that there is none that nobody knows of.
        frozen.register(self)
        guard hasWhole else { return }
        while true {
            let generation = state.withLock { $0.generation }
            let program = try prepare(outputs)
            let isCurrent = state.withLock { state in
                if state.generation == generation { state.whole = program }
                return state.generation == generation
            }
            if isCurrent { return }
        }
    }

    /// The program for all outputs; nil if they can't be asked for together.
    var whole: Program? { state.withLock { $0.whole } }

    /// The program that computes the outputs `aliases`, all of them known and none twice. To be asked for each run.
    func program(for aliases: [String]) throws(Status) -> Program {
        let (known, generation) = state.withLock { state in
            let isWhole = state.whole != nil && aliases == outputs
            return (isWhole ? state.whole : state.filtered[aliases], state.generation)
        }
        if let known { return known }
        let program = try prepare(aliases)
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.filtered.count >= SignaturePrograms.maximumFilters { state.filtered.removeAll() }
            state.filtered[aliases] = program
        }
        return program
    }

    /// Makes all programs anew, because variables that they hold as constants will change. Runs that began before may still
    /// end with the old ones.
    func remake() throws(Status) {
        let hadWhole = state.withLock { state in
            // What is being made now may be of the old kind.
            state.generation += 1
            state.filtered.removeAll()
            return state.whole != nil
        }
        guard hadWhole else { return }
        let program = try prepare(outputs)
        state.withLock { $0.whole = program }
    }
}
