import Execution
import Graphs

/// Finds the variables whose values a program may look at.
struct VariableReads {
    /// The uses of variables in `graph` that need a value, in the order of the graph.
    static func uses(in graph: Graph, _ analysis: FactAnalysis) -> [VariableAccess.Use] {
        var read: Set<ObjectIdentifier> = []
        for node in graph.nodes where !OpEffects.needsNoValue(node.op) {
            for outlet in node.inputs {
                guard let variable = analysis.variable(at: outlet) else { continue }
                read.insert(ObjectIdentifier(variable))
            }
        }
        return graph.nodes.indices.compactMap { index in
            guard OpEffects.makesHandle(graph.nodes[index].op) else { return nil }
            guard let variable = analysis.variable(at: OutletID(node: index)) else { return nil }
            guard read.contains(ObjectIdentifier(variable)) else { return nil }
            return VariableAccess.Use(node: graph.nodes[index].name, variable: variable)
        }
    }
}
