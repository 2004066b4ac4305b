import Execution
import Graphs
import Kernels
import ServingCore
import Synchronization
import Tensors

/// Turns parts of a model's graph into programs.
///
/// Use: `prepare` each entry point, find the variables that any of them writes, then `compile` each; variables that
/// nothing writes become constants.
public final class GraphCompiler: Sendable {
    /// What the compiler may do to make programs faster; results never depend on it.
    public struct Options: Sendable, Hashable {
        /// Compute values that are the same in every run while compiling.
        public var folding = true
        /// Remove nodes that only pass values on.
        public var identityRemoval = true

        public init() {}
    }

    /// A part of the graph, cut out and flattened, but not yet a program.
    public struct PreparedGraph: Sendable {
        var subgraph: Subgraph
    }

    private let registry: OpRegistry
    private let library: FunctionLibrary
    private let resources: ResourceStore
    private let options: Options

    public init(
        registry: OpRegistry = .standard, library: FunctionLibrary, resources: ResourceStore,
        options: Options = Options()
    ) {
        self.registry = registry
        self.library = library
        self.resources = resources
        self.options = options
    }

    /// Cuts out of `graph` what computes `fetches` from `feeds` and runs `targets`, with all calls of functions replaced
    /// by their bodies. Names are TensorFlow's, `node:slot` or `node`.
    public func prepare(
        _ graph: Graph, feeds: [(tensorName: String, fact: TensorFact)], fetches: [String], targets: [String] = []
    ) throws(Status) -> PreparedGraph {
        var subgraph = try Subgraph(of: graph, feeds: feeds, fetches: fetches, targets: targets)
        try subgraph.prune()
        try flatten(&subgraph)
        return PreparedGraph(subgraph: subgraph)
    }

    /// Throws NOT_FOUND with one message that lists every op of `graphs` that the registry does not have.
    public func checkSupport(of graphs: [PreparedGraph]) throws(Status) {
        var unsupported = UnsupportedOps()
        for graph in graphs { unsupported.collect(graph.subgraph.graph, registry) }
        try unsupported.check()
    }

    /// The variables that running `prepared` may look at and change.
    public func variables(of prepared: PreparedGraph) throws(Status) -> VariableAccess {
        let graph = prepared.subgraph.graph
        var analysis = FactAnalysis(registry: registry, resources: resources)
        try analysis.run(graph)
        return VariableAccess(
            read: VariableReads.uses(in: graph, analysis),
            written: VariableWrites(library: library).variables(in: graph, analysis))
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
        try compile(prepared.subgraph, depth: 0, frozenValue: frozenValue)
    }

    private func flatten(_ subgraph: inout Subgraph) throws(Status) {
        try Inlining(library: library).run(&subgraph)
        try ReferenceVariables.run(&subgraph)
        try subgraph.prune()
    }

    private func compile(
        _ source: Subgraph, depth: Int, frozenValue: @escaping (Variable) -> Tensor?
    ) throws(Status) -> Program {
        guard depth < Inlining.maximumDepth else {
            throw .resourceExhausted(
                "functions call each other more than \(Inlining.maximumDepth) levels deep, or for ever")
        }
        var subgraph = source
        try Folding.run(&subgraph, try analyse(subgraph.graph, frozenValue))
        try ControlEdges.run(&subgraph, registry)
        if options.identityRemoval { try IdentityRemoval.run(&subgraph) }
        var assembly = Assembly(registry: registry, resources: resources) { [self] (function) throws(Status) in
            try compileFunction(function, depth: depth + 1)
        }
        return try assembly.program(for: subgraph, try analyse(subgraph.graph, frozenValue))
    }

    private func analyse(_ graph: Graph, _ frozenValue: @escaping (Variable) -> Tensor?) throws(Status) -> FactAnalysis
    {
        var analysis = FactAnalysis(
            registry: registry, resources: resources, folding: options.folding, frozenValue: frozenValue)
        try analysis.run(graph)
        return analysis
    }

    private func compileFunction(_ reference: FunctionReference, depth: Int) throws(Status) -> Program {
        guard let function = library[reference.name] else {
            throw .notFound("function \(reference.name) is not in the model's library")
        }
        var subgraph = try Subgraph(body: function, attributes: reference.attributes)
        try subgraph.prune()
        try flatten(&subgraph)
        return try compile(subgraph, depth: depth, frozenValue: { _ in nil })
    }
}
