import Graphs
import ServingCore

/// Lets readers of nodes that only pass a value on read the value itself.
struct IdentityRemoval {
    private static let forwarding: Set<String> = [
        "Identity", "StopGradient", "PreventGradient", "Snapshot", "IdentityN",
    ]

    static func run(_ subgraph: inout Subgraph) throws(Status) {
        var patch = GraphPatch(for: subgraph.graph)
        for (index, node) in subgraph.graph.nodes.enumerated() {
            guard forwarding.contains(node.op), node.controlInputs.isEmpty else { continue }
            for (slot, input) in node.inputs.enumerated() { patch.shunt(OutletID(node: index, slot: slot), to: input) }
            patch.shuntControl(of: index, to: Array(Set(node.inputs.map(\.node))).sorted())
        }
        try subgraph.apply(patch)
        try subgraph.prune()
    }
}
