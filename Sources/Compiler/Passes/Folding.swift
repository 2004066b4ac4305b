import Graphs
import ServingCore

/// Replaces every value that is the same in all runs by a `Const`.
struct Folding {
    static func run(_ subgraph: inout Subgraph, _ analysis: FactAnalysis) throws(Status) {
        var patch = GraphPatch(for: subgraph.graph)
        for (index, node) in subgraph.graph.nodes.enumerated() where node.op != "Const" && node.op != "_Arg" {
            for (slot, fact) in analysis.facts[index].enumerated() {
                guard let value = fact.constant else { continue }
                let constant = patch.add(
                    Node(
                        name: node.name, op: "Const", controlInputs: analysis.waits[index],
                        attributes: Attributes(["value": .tensor(value), "dtype": .type(value.dataType)]),
                        function: node.function))
                patch.shunt(OutletID(node: index, slot: slot), to: OutletID(node: constant))
            }
            // To read what never changes is no effect that anybody must wait for.
            if !analysis.facts[index].isEmpty, analysis.facts[index].allSatisfy({ $0.constant != nil }) {
                patch.shuntControl(of: index, to: analysis.waits[index])
            }
        }
        try subgraph.apply(patch)
        try subgraph.prune()
    }
}
