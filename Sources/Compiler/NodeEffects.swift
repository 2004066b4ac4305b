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

    private static let callers: Set<String> = ["While", "If", "Case"]

    /// True if running `node` of `graph` matters beyond its outputs, or if its outputs depend on when it runs.
    func hasEffects(_ node: Node, in graph: Graph) -> Bool {
        guard OpEffects.hasEffects(node.op, registry) else { return false }
        let onlyReads = node.op == "ReadVariableOp" || (NodeEffects.callers.contains(node.op) && callsOnlyReaders(node))
        return !(onlyReads && node.inputs.allSatisfy { isFrozen($0, in: graph) })
    }

    /// False for a variable that may change, or whose value is not known.
    private func isFrozen(_ outlet: OutletID, in graph: Graph) -> Bool {
        let node = graph.nodes[outlet.node]
        guard node.op == "Const" else { return !mayBeResource(node) }
        guard case .tensor(let value) = node.attributes["value"], value.dataType == .resource else { return true }
        return value.object(as: Variable.self).flatMap(frozenValue) != nil
    }

    /// True unless `node` can be seen to make no handles of objects.
    private func mayBeResource(_ node: Node) -> Bool {
        switch node.op {
        case "_Arg": return (try? node.attributes.type("T")) ?? .resource == .resource
        case "While", "If", "Case", "StatelessWhile", "StatelessIf", "StatelessCase": return true
        default: return OpEffects.makesHandle(node.op) || OpEffects.hasEffects(node.op, registry)
        }
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
                let isCall = NodeEffects.callers.contains(inner.op) || Inlining.callers.contains(inner.op)
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
