import Execution
import Graphs
import Kernels
import Tensors

/// Which nodes of a folded graph have effects, once it is known which variables never change: reading those is no effect, and
/// a loop or branch has none if its functions do nothing else.
struct NodeEffects {
    let registry: OpRegistry
    let library: FunctionLibrary
    /// The value of a variable that nothing writes; nil for all others.
    let frozenValue: (Variable) -> Tensor?

    /// Ops that call functions, and the attribute that lists the types of their arguments, which are their last inputs.
    private static let callers = ["While": "T", "If": "Tin", "Case": "Tin"]

    /// True if running `node` of `graph` matters beyond its outputs, or if its outputs depend on when it runs.
    func hasEffects(_ node: Node, in graph: Graph) -> Bool {
        guard OpEffects.hasEffects(node.op, registry) else { return false }
        if node.op == "ReadVariableOp" { return !node.inputs.allSatisfy { isFrozen($0, in: graph) } }
        guard let list = NodeEffects.callers[node.op], case .types(let types) = node.attributes[list],
            types.count <= node.inputs.count, callsOnlyReaders(node)
        else { return true }
        return !zip(types, node.inputs.suffix(types.count)).allSatisfy { type, input in
            type != .resource || isFrozen(input, in: graph)
        }
    }

    /// True for a variable that never changes.
    private func isFrozen(_ outlet: OutletID, in graph: Graph) -> Bool {
        guard case .tensor(let value) = graph.nodes[outlet.node].attributes["value"], value.dataType == .resource else {
            return false
        }
        return value.object(as: Variable.self).flatMap(frozenValue) != nil
    }

    /// True if the functions of `node`, and those that they call, have no effects as long as the variables that they are given
    /// never change.
    private func callsOnlyReaders(_ node: Node) -> Bool {
        var pending = NodeEffects.functions(of: node)
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted else { continue }
            guard let function = library[name] else { return false }
            for inner in function.body.nodes {
                let isCall = NodeEffects.callers[inner.op] != nil || Inlining.callers.contains(inner.op)
                let isHarmless = inner.op == "ReadVariableOp" || isCall || !OpEffects.hasEffects(inner.op, registry)
                guard isHarmless, !OpEffects.makesHandle(inner.op) else { return false }
                if library[inner.op] != nil { pending.append(inner.op) }
                pending += NodeEffects.functions(of: inner)
            }
        }
        return true
    }

    private static func functions(of node: Node) -> [String] {
        node.attributes.values.values.flatMap { attribute -> [String] in
            switch attribute {
            case .function(let reference): [reference.name]
            case .functions(let references): references.map(\.name)
            default: []
            }
        }
    }
}
