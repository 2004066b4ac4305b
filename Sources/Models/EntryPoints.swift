import Compiler
import Execution
import Graphs
import Kernels
import SavedModels
import ServingCore
import Tensors

/// The signatures of a SavedModel on their way to runners. One that turns out to be unservable is set aside, with the
/// reason, as long as another one is left; then the version is unfit to serve.
struct EntryPoints {
    private let savedModel: SavedModel
    private let compiler: GraphCompiler
    /// By signature, those that nothing has been found against.
    private(set) var prepared: [String: GraphCompiler.PreparedGraph] = [:]
    /// Why the other signatures can't be served.
    private(set) var refused: [String: Status] = [:]

    /// Cuts each signature out of the graph.
    init(_ savedModel: SavedModel, _ compiler: GraphCompiler) {
        self.savedModel = savedModel
        self.compiler = compiler
        for signature in savedModel.signatures.values where EntryPoints.isCallable(signature) {
            do throws(Status) {
                prepared[signature.name] = try EntryPoints.prepare(
                    signature, SignatureRunner.computedOutputs(of: signature), savedModel, compiler)
            } catch {
                refused[signature.name] = error
            }
        }
    }

    /// The signature that only names the initialisation op has no tensors and can't be run.
    static func isCallable(_ signature: Signature) -> Bool { signature.name != "__saved_model_init_op" }

    /// What computes the outputs `aliases` of `signature`.
    private static func prepare(
        _ signature: Signature, _ aliases: [String], _ savedModel: SavedModel, _ compiler: GraphCompiler,
        _ reliance: SignaturePrograms.Reliance = .nothing
    ) throws(Status) -> GraphCompiler.PreparedGraph {
        let feeds = SignatureRunner.feedOrder(of: signature).map { input in
            let port = input.port
            let shape = reliance == .declaredShapes ? SignatureRunner.reliableShape(of: port) : .unknown
            return (port.tensorName, TensorFact(port.dataType, shape))
        }
        return try compiler.prepare(
            savedModel.graph, feeds: feeds, fetches: aliases.map { signature.outputs[$0]!.tensorName })
    }

    /// Throws NOT_FOUND with all unsupported ops if `steps`, which every signature needs, have some, or if all signatures do.
    mutating func checkSupport(with steps: [GraphCompiler.PreparedGraph]) throws(Status) {
        do throws(Status) {
            try compiler.checkSupport(of: steps)
        } catch {
            // One message names them all, also those of the signatures.
            try compiler.checkSupport(of: steps + prepared.values)
        }
        let all = Array(prepared.values)
        try setAside { (entry, compiler) throws(Status) in try compiler.checkSupport(of: [entry]) }
        guard prepared.isEmpty, !all.isEmpty else { return try requireOne() }
        try compiler.checkSupport(of: all)
    }

    /// What the signatures that are left do with variables.
    mutating func variables() throws(Status) -> [VariableAccess] {
        var accesses: [VariableAccess] = []
        try setAside { (entry, compiler) throws(Status) in accesses.append(try compiler.variables(of: entry)) }
        try requireOne()
        return accesses
    }

    /// The runners of the signatures that are left.
    /// - Parameter frozen: the variables whose values programs may hold as constants.
    mutating func runners(frozen: FrozenVariables) throws(Status) -> [String: SignatureRunner] {
        var runners: [String: SignatureRunner] = [:]
        for (name, entry) in prepared.sorted(by: { $0.key < $1.key }) {
            do throws(Status) {
                runners[name] = try EntryPoints.runner(
                    savedModel.signatures[name]!, entry, savedModel, compiler, frozen)
            } catch {
                try refuse(name, error)
            }
        }
        try requireOne()
        return runners
    }

    /// Makes runners for signatures that are put together from those that are left. They throw FAILED_PRECONDITION if feeding
    /// the input of one may change what another gives.
    /// - Parameter frozen: as above.
    func combinations(
        frozen: FrozenVariables
    ) -> @Sendable (Signature) throws(Status) -> SignatureRunner {
        { [savedModel, compiler] (signature) throws(Status) in
            let feeds = signature.inputs.values.map(\.tensorName)
            guard feeds.count == 1 || EntryPoints.arePlaceholders(feeds, in: savedModel.graph) else {
                throw .failedPrecondition("not all of \(feeds.sorted().joined(separator: ", ")) are placeholders")
            }
            let prepared = try EntryPoints.prepare(
                signature, SignatureRunner.computedOutputs(of: signature), savedModel, compiler.branch())
            return try EntryPoints.runner(signature, prepared, savedModel, compiler, frozen)
        }
    }

    /// Whether all of `tensorNames` are outputs of placeholders: a signature that reads one that is not its own fails.
    private static func arePlaceholders(_ tensorNames: [String], in graph: Graph) -> Bool {
        let positions = graph.positionsByName()
        return tensorNames.allSatisfy { name in
            let node = String(name.prefix { $0 != ":" })
            return positions[node].map { graph.nodes[$0].op == "Placeholder" } ?? false
        }
    }

    private static func runner(
        _ signature: Signature, _ entry: GraphCompiler.PreparedGraph, _ savedModel: SavedModel,
        _ compiler: GraphCompiler, _ frozen: FrozenVariables
    ) throws(Status) -> SignatureRunner {
        try SignatureRunner(signature: signature, mayChangeState: compiler.mayChangeState(entry), frozen: frozen) {
            (aliases, reliance) throws(Status) in
            do throws(Status) {
                return try program(signature, aliases, savedModel, compiler, frozen, reliance)
            } catch {
                // Nobody has held the signature to what the graph can take.
                guard reliance == .declaredShapes else { throw error }
                return try program(signature, aliases, savedModel, compiler, frozen, .nothing)
            }
        }
    }

    private static func program(
        _ signature: Signature, _ aliases: [String], _ savedModel: SavedModel, _ compiler: GraphCompiler,
        _ frozen: FrozenVariables, _ reliance: SignaturePrograms.Reliance
    ) throws(Status) -> Program {
        // Requests ask for ever new sets of outputs; what is made for one of them must not stay.
        let compiler = compiler.branch()
        let prepared = try prepare(signature, aliases, savedModel, compiler, reliance)
        try compiler.checkSupport(of: [prepared])
        return try compiler.compile(prepared, frozenValue: frozen.value(of:))
    }

    /// Looks at each signature that is left; those for which `look` throws are set aside.
    private mutating func setAside(
        _ look: (GraphCompiler.PreparedGraph, GraphCompiler) throws(Status) -> Void
    ) throws(Status) {
        for (name, entry) in prepared.sorted(by: { $0.key < $1.key }) {
            do throws(Status) {
                try look(entry, compiler)
            } catch {
                try refuse(name, error)
            }
        }
    }

    /// Sets a signature aside. Throws `reason` if it lies in the moment rather than in the signature.
    private mutating func refuse(_ name: String, _ reason: Status) throws(Status) {
        switch reason.code {
        case .notFound, .unimplemented, .invalidArgument, .failedPrecondition, .outOfRange: break
        default: throw reason
        }
        prepared[name] = nil
        refused[name] = reason
    }

    /// Throws the reason of the default signature, or else of the first one, if none is left of those that there were.
    private func requireOne() throws(Status) {
        guard prepared.isEmpty, let first = refused.min(by: { $0.key < $1.key }) else { return }
        throw refused[SignatureRunner.defaultName] ?? first.value
    }
}
