import Graphs
import ServingCore

/// Under which conditions the nodes of a graph with TensorFlow 1's `Switch` and `Merge` run.
struct BranchConditions {
    /// A switch must have gone this way.
    struct Condition: Hashable {
        let predicate: OutletID
        let branch: Bool
    }

    /// A merge of two branches, and the condition in which they differ.
    struct Join {
        let node: Int
        let predicate: OutletID
        /// The inputs that stand for false and for true.
        let inputs: [Int]
    }

    /// By node: all that must hold for it to run.
    private(set) var conditions: [[Condition]] = []
    /// The merges of branches, in the order of the graph.
    private(set) var joins: [Join] = []

    /// Conditions that a node may have.
    private static let limit = 2 * ControlFlowRewriting.maximumDepth

    /// - Parameter graph: without loops, in an order in which each node follows what it needs.
    init(_ graph: Graph) throws(Status) {
        conditions.reserveCapacity(graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            guard node.inputs.allSatisfy({ $0.node < index }), node.controlInputs.allSatisfy({ $0 < index }) else {
                throw ControlFlowRewriting.irregular([node], "it goes round without being part of a loop")
            }
            var own: [Condition] = []
            for wait in node.controlInputs { own = try BranchConditions.union(own, conditions[wait], node) }
            if node.isMerge {
                own = try BranchConditions.union(own, try join(index, node, graph), node)
            } else {
                for input in node.inputs { own = try BranchConditions.union(own, of(input, graph), node) }
            }
            conditions.append(own)
        }
    }

    /// All that must hold for `outlet` to have a value.
    func of(_ outlet: OutletID, _ graph: Graph) -> [Condition] {
        let node = graph.nodes[outlet.node]
        guard node.isSwitch, node.inputs.count == 2 else { return conditions[outlet.node] }
        let condition = Condition(predicate: node.inputs[1], branch: outlet.slot == 1)
        let own = conditions[outlet.node]
        return own.contains(condition) ? own : own + [condition]
    }

    private static func union(_ a: [Condition], _ b: [Condition], _ node: Node) throws(Status) -> [Condition] {
        if b.isEmpty || a == b { return a }
        if a.isEmpty { return b }
        var result = a
        for condition in b where !result.contains(condition) {
            let opposite = Condition(predicate: condition.predicate, branch: !condition.branch)
            guard !result.contains(opposite) else {
                throw ControlFlowRewriting.irregular(
                    [node], "it needs both branches of one condition and can never run")
            }
            result.append(condition)
        }
        guard result.count <= limit else {
            throw .resourceExhausted("node \(node.name) depends on more than \(limit) conditions")
        }
        return result
    }

    /// Notes the merge `index`; returns what must hold for either of its branches.
    private mutating func join(_ index: Int, _ node: Node, _ graph: Graph) throws(Status) -> [Condition] {
        guard node.inputs.count == 2 else {
            throw ControlFlowRewriting.irregular([node], "it joins \(node.inputs.count) values, not two")
        }
        let first = of(node.inputs[0], graph)
        let second = of(node.inputs[1], graph)
        let split = first.first { second.contains(Condition(predicate: $0.predicate, branch: !$0.branch)) }
        guard let split else {
            let sources = node.inputs.map { graph.nodes[$0.node] }
            throw ControlFlowRewriting.irregular(
                [node] + sources, "no condition decides which of its inputs has a value")
        }
        let rest = first.filter { $0.predicate != split.predicate }
        guard Set(rest) == Set(second.filter { $0.predicate != split.predicate }) else {
            throw ControlFlowRewriting.irregular([node], "its inputs depend on more than one condition")
        }
        joins.append(Join(node: index, predicate: split.predicate, inputs: split.branch ? [1, 0] : [0, 1]))
        return rest
    }
}
