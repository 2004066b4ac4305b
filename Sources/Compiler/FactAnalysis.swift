import Execution
import Graphs
import Kernels
import ServingCore
import Tensors

/// What is known of every value of a graph before any run: types, shapes, and the values that never change.
///
/// Ops without effects whose inputs are known are computed here, once, instead of in every run.
struct FactAnalysis {
    /// By node: a fact for each output.
    private(set) var facts: [[TensorFact]] = []
    /// By node: nodes with effects that the node waited for and that a constant in its place must wait for, too.
    private(set) var waits: [[Int]] = []

    /// By node: whether it has effects or waits for a node that has.
    private var carriesEffects: [Bool] = []
    private var waitCount = 0
    private let registry: OpRegistry
    private let resources: ResourceStore
    private let frozenValue: (Variable) -> Tensor?
    private let folding: Bool
    private let context: ExecutionContext

    /// A folded value may take this much memory, or twice that of the values that it is made from.
    private static let foldingLimit = 10 << 20
    /// More values are refused: a node of a few bytes can have a million outputs.
    private static let maximumValues = 1 << 23
    /// A chain of nodes that all wait for others adds up to the square of its length.
    private static let maximumWaits = 1 << 25

    /// - Parameters:
    ///   - frozenValue: the value of a variable that no signature writes; nil for all others.
    ///   - folding: whether to compute constants at all.
    init(
        registry: OpRegistry, resources: ResourceStore, folding: Bool = true,
        frozenValue: @escaping (Variable) -> Tensor? = { _ in nil }
    ) {
        self.registry = registry
        self.resources = resources
        self.folding = folding
        self.frozenValue = frozenValue
        context = ExecutionContext(memoryLimit: 1 << 30)
    }

    /// Analyses `graph`, whose nodes must stand in an order in which each follows what it needs.
    /// - Parameter known: by node: its facts if an earlier analysis has found them, and then they still hold. May be empty.
    mutating func run(_ graph: Graph, known: [[TensorFact]?] = []) throws(Status) {
        facts.reserveCapacity(graph.nodes.count)
        var values = 0
        for (index, node) in graph.nodes.enumerated() {
            if index < known.count, let found = known[index] {
                facts.append(found)
            } else {
                let inputs = try node.inputs.map { (outlet) throws(Status) in try fact(outlet, graph) }
                facts.append(try outputs(NodeFacts(node: node, inputs: inputs)))
            }
            values += facts[facts.count - 1].count
            guard values <= FactAnalysis.maximumValues else {
                throw .resourceExhausted("the nodes of the graph have more than \(FactAnalysis.maximumValues) outputs")
            }
            try appendWaits(of: node, graph)
        }
    }

    private mutating func appendWaits(of node: Node, _ graph: Graph) throws(Status) {
        let own = node.controlInputs.filter { carriesEffects[$0] }
        carriesEffects.append(
            !own.isEmpty || OpEffects.hasEffects(node.op, registry) || node.inputs.contains { carriesEffects[$0.node] })
        let inherited = node.inputs.contains { !waits[$0.node].isEmpty } ? node.inputs.flatMap { waits[$0.node] } : []
        waits.append(inherited.isEmpty ? own : Array(Set(own + inherited)).sorted())
        waitCount += waits[waits.count - 1].count
        guard waitCount <= FactAnalysis.maximumWaits else {
            throw .resourceExhausted(
                "the nodes of the graph wait for each other more than \(FactAnalysis.maximumWaits) times")
        }
    }

    /// The fact about `outlet`. Throws INVALID_ARGUMENT if its node has no such output.
    func fact(_ outlet: OutletID, _ graph: Graph) throws(Status) -> TensorFact {
        guard facts[outlet.node].indices.contains(outlet.slot) else {
            let node = graph.nodes[outlet.node]
            throw .invalidArgument(
                "output \(outlet.slot) of node \(node.name) is read, but \(node.op) has \(facts[outlet.node].count) outputs"
            )
        }
        return facts[outlet.node][outlet.slot]
    }

    /// The variable that `outlet` stands for, the same in every run; nil for all other values.
    func variable(at outlet: OutletID) -> Variable? {
        guard facts[outlet.node].indices.contains(outlet.slot) else { return nil }
        return facts[outlet.node][outlet.slot].constant?.object(as: Variable.self)
    }

    /// What is known of the outputs of `node`.
    func outputs(_ node: NodeFacts) throws(Status) -> [TensorFact] {
        if node.node.op == "_Arg" { return [try FactAnalysis.argument(node.node)] }
        guard let definition = registry[node.node.op] else {
            throw UnsupportedOps.error([(node.node.op, [node.node.name])])
        }
        do throws(Status) {
            try OpSignatures.checkInputs(node)
            let facts = try folded(node, definition, try definition.infer(node))
            try OpSignatures.checkOutputs(facts, of: node)
            return facts
        } catch {
            throw error.appending("\n\t [[\(node.node.errorLabel)]]")
        }
    }

    private static func argument(_ node: Node) throws(Status) -> TensorFact {
        TensorFact(try node.attributes.type("T"), try node.attributes.shape("shape", default: .unknown))
    }

    private func folded(
        _ node: NodeFacts, _ definition: OpDefinition, _ inferred: [TensorFact]
    ) throws(Status) -> [TensorFact] {
        guard folding || node.node.op == "Const" || OpEffects.makesHandle(node.node.op) else {
            return inferred.map { TensorFact($0.dataType, $0.shape) }
        }
        guard !inferred.isEmpty, !inferred.allSatisfy({ $0.constant != nil }) else { return inferred }
        if let value = frozenRead(node) { return [TensorFact(constant: value)] }
        guard !definition.isStateful || OpEffects.makesHandle(node.node.op) else { return inferred }
        guard node.inputs.allSatisfy({ $0.constant != nil }) else { return inferred }
        return evaluate(node, definition, inferred) ?? inferred
    }

    private func frozenRead(_ node: NodeFacts) -> Tensor? {
        guard node.node.op == "ReadVariableOp", let handle = node.inputs.first?.constant else { return nil }
        return handle.object(as: Variable.self).flatMap(frozenValue)
    }

    /// The outputs for constant inputs; nil if they can't be computed now, so that a run will say why.
    private func evaluate(_ node: NodeFacts, _ definition: OpDefinition, _ inferred: [TensorFact]) -> [TensorFact]? {
        let inputs = node.inputs.compactMap(\.constant)
        // A run changes a list of its own in place, but must copy a constant one.
        guard inputs.allSatisfy({ $0.dataType != .variant }), inferred.allSatisfy({ $0.dataType != .variant }) else {
            return nil
        }
        let budget = max(FactAnalysis.foldingLimit, 2 * inputs.reduce(0) { $0 + $1.byteCount })
        // Not even computed, since loading a model with many such nodes would take for ever.
        guard !inferred.contains(where: { ($0.shape.full?.elementCount ?? 0) > budget }) else { return nil }
        let count = Int32(inferred.count)
        do throws(Status) {
            let construction = KernelConstruction(facts: node, outputs: inferred, resources: resources) {
                (function) throws(Status) in throw .unimplemented("function \(function.name) is not folded")
            }
            let step = Program.Step(
                kernel: try definition.makeKernel(construction), op: node.node.op, label: node.node.errorLabel,
                inputs: inputs.indices.map { ~Int32($0) }, outputs: Array(0..<count),
                lastUses: inputs.map { _ in false }, releases: [], outputTypes: inferred.map(\.dataType))
            let program = Program(
                steps: [step], slotCount: inferred.count, constants: inputs, argumentSlots: [],
                resultSlots: Array(0..<count))
            let outputs = try program.run([], in: context)
            guard outputs.reduce(0, { $0 + $1.byteCount }) <= budget else { return nil }
            return outputs.map { TensorFact(constant: $0) }
        } catch {
            return nil
        }
    }
}
