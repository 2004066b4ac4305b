import Graphs
import ServingCore

/// Drops waiting for nodes that neither have effects nor wait for any, and forgets targets of that kind.
struct ControlEdges {
    static func run(_ subgraph: inout Subgraph, _ effects: NodeEffects) throws(Status) {
        var carriesEffects = [Bool](repeating: false, count: subgraph.graph.nodes.count)
        for (index, node) in subgraph.graph.nodes.enumerated() {
            carriesEffects[index] =
                effects.hasEffects(node, in: subgraph.graph) || node.inputs.contains { carriesEffects[$0.node] }
                || node.controlInputs.contains { carriesEffects[$0] }
        }
        for index in subgraph.graph.nodes.indices {
            subgraph.graph.nodes[index].controlInputs.removeAll { !carriesEffects[$0] }
        }
        subgraph.targets.removeAll { !carriesEffects[$0] }
        try subgraph.prune()
    }
}
