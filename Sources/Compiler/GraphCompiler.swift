import Execution
import Graphs
import Kernels
import MicrokernelTypes
import ServingCore
import Synchronization
import Tensors
import Threading

/// Turns parts of a model's graph into programs.
///
/// Use: `prepare` each entry point, find the variables that any of them writes, then `compile` each; variables that
/// nothing writes become constants.
public final class GraphCompiler: Sendable {
    /// What the compiler may do to make programs faster, and how large they may be; results depend on nothing but `precision`.
    public struct Options: Sendable, Hashable {
        /// Compute values that are the same in every run while compiling.
        public var folding = true
        /// Remove nodes that only pass values on.
        public var identityRemoval = true
        /// Ways to replace nodes by fewer and faster ones.
        public enum Fusion: String, Sendable, CaseIterable {
            /// Loops that take a recurrent cell through a sequence become one node.
            case recurrence
            /// Nodes that change nothing are left out.
            case redundantNodes
            /// Nodes that compute the same become one.
            case commonSubexpressions
            /// Bias and activation come before a change of shape.
            case views
            /// Zeros around pictures become padding of the convolution behind.
            case paddings
            /// Factors and summands of each channel become part of weights.
            case batchNormalizations
            /// Bias, residual and activation become part of products and convolutions.
            case epilogues
            /// Products over the last dimension lose the reshaping around them.
            case lastAxisProducts
            /// Biases are added before rows are cut into heads.
            case reshapedBiases
            /// Normalisations of rows become one node.
            case layerNormalizations
            /// Attention becomes one node.
            case attention
            /// Factors, summands and activation of each channel become one node.
            case scaleShifts
            /// Nodes that spell one activation become one node.
            case activations
            /// Depthwise convolutions and those of single pixels around them become one node.
            case depthwiseChains
            /// Softmax in single steps becomes one op.
            case softmax
            /// Connected element-wise ops become one.
            case elementwise
        }

        /// The fusions to use.
        public var fusions = Set(Fusion.allCases)
        /// Programs with more nodes are refused; those of all functions count that run in them.
        public var maximumNodes = Inlining.maximumNodes
        /// What large constant weights of products and convolutions are kept in.
        public var precision = WeightPrecision.float

        public init() {}
    }

    /// A part of the graph, cut out and flattened, but not yet a program.
    public struct PreparedGraph: Sendable {
        var subgraph: Subgraph
    }

    let registry: OpRegistry
    /// With the ops that fusions make.
    private let fusedRegistry: OpRegistry
    /// The model's functions, and those that stand for its loops and conditionals of old.
    private let functions: Mutex<FunctionLibrary>
    /// How many functions were made.
    private let madeFunctions = Mutex(0)
    let resources: ResourceStore
    private let options: Options
    /// Of all branches together.
    private let reductions: WeightReductions
    private let threadCount: @Sendable () -> Int

    /// - Parameter threadCount: how many threads may pack weights at the moment; asked for each program.
    public init(
        registry: OpRegistry = .standard, library: FunctionLibrary, resources: ResourceStore,
        options: Options = Options(), threadCount: @escaping @Sendable () -> Int = { 1 }
    ) {
        self.threadCount = threadCount
        self.registry = registry
        fusedRegistry = registry.addingFusedOps()
        functions = Mutex(library)
        self.resources = resources
        self.options = options
        reductions = WeightReductions()
        rewriteFunctions(of: library)
    }

    /// A compiler of the same model that keeps to itself what it makes while it compiles; for programs that come and go.
    public func branch() -> GraphCompiler { GraphCompiler(branchOf: self) }

    private init(branchOf trunk: GraphCompiler) {
        registry = trunk.registry
        fusedRegistry = trunk.fusedRegistry
        functions = Mutex(trunk.library)
        resources = trunk.resources
        options = trunk.options
        reductions = trunk.reductions
        threadCount = trunk.threadCount
        // Names that the trunk has given must not be given again.
        let made = trunk.madeFunctions.withLock { $0 }
        madeFunctions.withLock { $0 = made }
    }

    /// What the weights of all programs so far have lost; those of programs that are compiled later are not counted.
    public func takeWeightReductions() -> WeightReductionSummary { WeightReductionSummary(reductions.take()) }

    var library: FunctionLibrary { functions.withLock { $0 } }

    /// Cuts out of `graph` what computes `fetches` from `feeds` and runs `targets`, with all calls of functions replaced
    /// by their bodies. Names are TensorFlow's, `node:slot` or `node`.
    public func prepare(
        _ graph: Graph, feeds: [(tensorName: String, fact: TensorFact)], fetches: [String], targets: [String] = []
    ) throws(Status) -> PreparedGraph {
        var subgraph = try Subgraph(of: graph, feeds: feeds, fetches: fetches, targets: targets)
        try subgraph.prune()
        return try prepare(&subgraph)
    }

    /// The same for tensors and nodes by their places, which `graph` must have; a tensor may be fed and fetched at the same
    /// time, and then its node computes it for the fetch. Throws INVALID_ARGUMENT with TensorFlow's text if a value is fed
    /// where an op needs a reference to a variable.
    public func prepare(
        _ graph: Graph, feeds: [(outlet: OutletID, fact: TensorFact)], fetches: [OutletID], targets: [Int]
    ) throws(Status) -> PreparedGraph {
        let named = feeds.enumerated().map { index, feed in
            let name = "_arg_\(graph.nodes[feed.outlet.node].name)_\(feed.outlet.slot)_\(index)"
            return Subgraph.Feed(outlet: feed.outlet, name: name, fact: feed.fact)
        }
        var subgraph = Subgraph(of: graph, feeds: named, fetches: fetches, targets: targets)
        try subgraph.prune()
        try ReferenceVariables.checkArguments(subgraph.graph)
        return try prepare(&subgraph)
    }

    private func prepare(_ subgraph: inout Subgraph) throws(Status) -> PreparedGraph {
        try rewriteControlFlow(&subgraph)
        try flatten(&subgraph)
        return PreparedGraph(subgraph: subgraph)
    }

    /// The types of the outputs of `node`, as far as it tells them itself, nil for others; nil if not even their number is
    /// known.
    public func declaredOutputs(of node: Node) -> [DataType?]? { DeclaredOutputs(library: library).types(of: node) }

    /// The first node of `prepared`, or of a function that it calls, that reads or writes files; nil if there is none.
    public func fileAccess(in prepared: PreparedGraph) -> Node? {
        FileAccess(library: library).firstNode(in: prepared.subgraph.graph)
    }

    /// Throws NOT_FOUND with one message that lists every op of `graphs` that the registry does not have.
    public func checkSupport(of graphs: [PreparedGraph]) throws(Status) {
        var unsupported = UnsupportedOps()
        let library = library
        for graph in graphs { unsupported.collect(graph.subgraph.graph, registry, library) }
        try unsupported.check()
    }

    /// The variables that running `prepared` may look at and change.
    public func variables(of prepared: PreparedGraph) throws(Status) -> VariableAccess {
        let graph = prepared.subgraph.graph
        var analysis = FactAnalysis(registry: registry, resources: resources)
        try analysis.run(graph)
        let inner = try FunctionVariables(registry: registry, resources: resources, library: library).access(of: graph)
        return VariableAccess(
            read: VariableReads.uses(in: graph, analysis) + inner.read,
            written: VariableWrites(library: library).variables(in: graph, analysis).union(inner.written),
            mayWriteOthers: VariableWrites.writesUnknown(in: graph, analysis, registry))
    }

    /// Whether running `prepared` may leave something behind that later runs see. When in doubt: yes.
    public func mayChangeState(_ prepared: PreparedGraph) -> Bool {
        StateChanges(registry: registry, library: library).areMade(by: prepared.subgraph.graph)
    }

    /// The program for `prepared`.
    /// - Parameter frozenValue: the value of a variable that nothing writes any more; nil for all others.
    public func compile(
        _ prepared: PreparedGraph, frozenValue: @escaping (Variable) -> Tensor? = { _ in nil }
    ) throws(Status) -> Program {
        let compilation = FunctionCompilation(limit: options.maximumNodes, frozenValue: frozenValue)
        return try compile(prepared.subgraph, compilation)
    }

    private func nextName(_ beginning: String) -> String {
        let number = madeFunctions.withLock { (count) -> Int in
            count += 1
            return count
        }
        return "\(beginning)~\(number)"
    }

    private func rewriteControlFlow(_ subgraph: inout Subgraph) throws(Status) {
        guard ControlFlowRewriting.isNeeded(subgraph.graph) else { return }
        let library = library
        var rewriting = ControlFlowRewriting { [registry] op in
            registry[op]?.isStateful ?? (op == "StatefulPartitionedCall" || library[op] != nil)
        } uniqueName: { [self] in
            nextName($0)
        }
        try rewriting.run(&subgraph)
        functions.withLock { functions in
            for function in rewriting.functions { functions.set(function) }
        }
    }

    /// Rewrites the functions that have control flow of TensorFlow 1. Those for which it fails stay as they are, since nobody
    /// may ever call them.
    private func rewriteFunctions(of library: FunctionLibrary) {
        for function in library.functions.values where ControlFlowRewriting.isNeeded(function.body) {
            do throws(Status) {
                var subgraph = Subgraph(
                    graph: function.body, arguments: Array(function.parameters.indices), results: function.results,
                    targets: function.controlResults)
                try subgraph.prune()
                try rewriteControlFlow(&subgraph)
                guard subgraph.arguments == Array(function.parameters.indices) else { continue }
                var rewritten = function
                rewritten.body = subgraph.graph
                rewritten.results = subgraph.results
                rewritten.controlResults = subgraph.targets
                functions.withLock { $0.set(rewritten) }
            } catch {
                continue
            }
        }
    }

    /// Leaves neither calls nor control flow of TensorFlow 1 in `subgraph`.
    func flatten(_ subgraph: inout Subgraph) throws(Status) {
        try Inlining(library: library).run(&subgraph)
        // What is left of it stands in functions that could not be rewritten; now the reason comes out.
        try rewriteControlFlow(&subgraph)
        try ReferenceVariables.run(&subgraph)
        try subgraph.prune()
        LoopInvariants.mark(&subgraph.graph, library)
    }

    private func compile(_ source: Subgraph, _ compilation: FunctionCompilation) throws(Status) -> Program {
        try compilation.count(source.graph.nodes.count)
        var (subgraph, analysis) = try simplified(source, compilation)
        for fusion in Fusion.all where options.fusions.contains(fusion.name) {
            let view = GraphView(subgraph, analysis) { [self] in try? functionView($0, compilation) }
            var patch = FusionPatch(for: view)
            try fusion.rewrite(view, &patch)
            guard !patch.isEmpty else { continue }
            try subgraph.apply(patch.patch)
            let positions = try subgraph.prune()
            var known = [[TensorFact]?](repeating: nil, count: subgraph.graph.nodes.count)
            for (old, facts) in analysis.facts.enumerated() { if let new = positions[old] { known[new] = facts } }
            analysis = try analyse(subgraph.graph, compilation, fusedRegistry, known: known)
        }
        let threads = BriefThreads(name: "pack", threadCount: threadCount())
        var assembly = Assembly(
            registry: fusedRegistry, resources: resources, precision: options.precision, reductions: reductions,
            threads: threads
        ) {
            [self] (use) throws(Status) in try compileFunction(use, compilation)
        }
        return try assembly.program(for: subgraph, analysis)
    }

    /// `source` without what is the same in every run or does nothing, and what is known of the rest.
    private func simplified(
        _ source: Subgraph, _ compilation: FunctionCompilation
    ) throws(Status) -> (Subgraph, FactAnalysis) {
        var subgraph = source
        try Folding.run(&subgraph, try analyse(subgraph.graph, compilation))
        let effects = NodeEffects(registry: registry, library: library, frozenValue: compilation.frozenValue)
        try ControlEdges.run(&subgraph, effects)
        if options.identityRemoval { try IdentityRemoval.run(&subgraph) }
        return (subgraph, try analyse(subgraph.graph, compilation))
    }

    /// A function as fusions see it that look into it.
    private func functionView(_ use: FunctionUse, _ compilation: FunctionCompilation) throws(Status) -> GraphView {
        let (body, inner) = try body(of: use, compilation)
        let (subgraph, analysis) = try simplified(body, inner)
        return GraphView(subgraph, analysis)
    }

    private func analyse(
        _ graph: Graph, _ compilation: FunctionCompilation, _ registry: OpRegistry? = nil, known: [[TensorFact]?] = []
    ) throws(Status) -> FactAnalysis {
        var analysis = FactAnalysis(
            registry: registry ?? self.registry, resources: resources, folding: options.folding,
            frozenValue: compilation.frozenValue)
        try analysis.run(graph, known: known)
        return analysis
    }

    private func compileFunction(_ use: FunctionUse, _ compilation: FunctionCompilation) throws(Status) -> Program {
        let (body, inner) = try body(of: use, compilation)
        return try compile(body, inner)
    }

    /// The flat body of a function, and the compilation that it belongs to.
    private func body(
        of use: FunctionUse, _ compilation: FunctionCompilation
    ) throws(Status) -> (Subgraph, FunctionCompilation) {
        guard let function = library[use.name] else {
            throw .notFound("function \(use.name) is not in the model's library")
        }
        let inner = try compilation.entering(use.name)
        var subgraph = try Subgraph(body: function, use: use)
        try subgraph.prune()
        try flatten(&subgraph)
        return (subgraph, inner)
    }
}
