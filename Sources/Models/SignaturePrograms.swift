import Execution
import ServingCore
import Synchronization
import Tensors

/// The programs of one signature: for all outputs, and for each set of outputs that requests ask for.
///
/// Programs rely on the shapes that the signature declares. Requests are not held to them: those with others get programs that rely
/// on nothing, made when the first such request comes.
final class SignaturePrograms: Sendable {
    /// What a program relies on.
    enum Reliance: Hashable, Sendable {
        case declaredShapes
        case nothing
    }

    private struct Key: Hashable {
        let outputs: [String]
        let reliance: Reliance
    }

    private struct State {
        /// The program for all outputs; nil if they can't be asked for together.
        var whole: Program?
        /// All others.
        var special: [Key: Program] = [:]
        /// How often all programs were made anew.
        var generation = 0
    }

    /// All output aliases, sorted.
    private let outputs: [String]
    /// The shapes that programs may rely on, in feeding order.
    private let shapes: [PartialShape]
    private let prepare: @Sendable ([String], Reliance) throws(Status) -> Program
    private let state = Mutex(State())

    /// At most so many programs besides that for all outputs are kept.
    private static let maximumSpecial = 64

    /// - Parameters:
    ///   - shapes: those that programs may rely on, in feeding order.
    ///   - frozen: asked by `prepare` for values that programs may hold; has them made anew when these values will change.
    ///   - hasWhole: whether all outputs can be computed together.
    ///   - prepare: makes the program that fetches the outputs of the given aliases.
    init(
        outputs: [String], shapes: [PartialShape], hasWhole: Bool, frozen: FrozenVariables,
        prepare: @escaping @Sendable ([String], Reliance) throws(Status) -> Program
    ) throws(Status) {
        self.outputs = outputs
        self.shapes = shapes
        self.prepare = prepare
        // Before the first program is made, so that there is none that nobody knows of.
        frozen.register(self)
        guard hasWhole else { return }
        while true {
            let generation = state.withLock { $0.generation }
            let program = try prepare(outputs, .declaredShapes)
            let isCurrent = state.withLock { state in
                if state.generation == generation { state.whole = program }
                return state.generation == generation
            }
            if isCurrent { return }
        }
    }

    /// The program for all outputs; nil if they can't be asked for together.
    var whole: Program? { state.withLock { $0.whole } }

    /// The program that computes the outputs `aliases`, all of them known and none twice, from `feeds`. To be asked for each run.
    func program(for aliases: [String], feeds: [Tensor]) throws(Status) -> Program {
        let fits = zip(shapes, feeds).allSatisfy { $0.admits($1.shape) }
        return try program(for: aliases, fits ? .declaredShapes : .nothing)
    }

    /// The same for feeds of any shapes, or of those that are declared.
    func program(for aliases: [String], _ reliance: Reliance = .declaredShapes) throws(Status) -> Program {
        let (known, generation) = state.withLock { state in
            let isWhole = state.whole != nil && reliance == .declaredShapes && aliases == outputs
            let key = Key(outputs: aliases, reliance: reliance)
            return (isWhole ? state.whole : state.special[key], state.generation)
        }
        if let known { return known }
        let program = try prepare(aliases, reliance)
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.special.count >= SignaturePrograms.maximumSpecial { state.special.removeAll() }
            state.special[Key(outputs: aliases, reliance: reliance)] = program
        }
        return program
    }

    /// Makes all programs anew, because variables that they hold as constants will change. Runs that began before may still
    /// end with the old ones.
    func remake() throws(Status) {
        let hadWhole = state.withLock { state in
            // What is being made now may be of the old kind.
            state.generation += 1
            state.special.removeAll()
            return state.whole != nil
        }
        guard hadWhole else { return }
        let program = try prepare(outputs, .declaredShapes)
        state.withLock { $0.whole = program }
    }
}

extension PartialShape {
    /// True if `shape` has the rank and the sizes that are known.
    fileprivate func admits(_ shape: TensorShape) -> Bool {
        guard let dimensions else { return true }
        guard dimensions.count == shape.rank else { return false }
        for index in dimensions.indices where dimensions[index] >= 0 && dimensions[index] != shape[index] {
            return false
        }
        return true
    }
}
