import Execution
import Graphs
import Kernels
import Tensors

/// Finds the variables that a program may change.
struct VariableWrites {
    let library: FunctionLibrary

    /// The variables that some node of `graph` may write, by identity.
    func variables(in graph: Graph, _ analysis: FactAnalysis) -> Set<ObjectIdentifier> {
        var written: Set<ObjectIdentifier> = []
        for node in graph.nodes where !OpEffects.onlyReadsVariables(node.op) {
            let variables = node.inputs.compactMap { analysis.variable(at: $0) }
            guard !variables.isEmpty, mayWrite(node) else { continue }
            written.formUnion(variables.map { ObjectIdentifier($0) })
        }
        return written
    }

    /// False only if the node hands its variables to functions none of which has an op that writes.
    private func mayWrite(_ node: Node) -> Bool {
        var pending = library.functionsCalled(by: node)
        guard !pending.isEmpty else { return true }
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted else { continue }
            guard let function = library[name] else { return true }
            for inner in function.body.nodes {
                let called = library.functionsCalled(by: inner)
                pending += called
                if called.isEmpty, VariableWrites.writes(inner.op) { return true }
            }
        }
        return false
    }

    /// Whether a node of `graph` writes a variable, but which one shows only while it runs.
    static func writesUnknown(in graph: Graph, _ analysis: FactAnalysis, _ registry: OpRegistry) -> Bool {
        graph.nodes.contains { node in
            guard writes(node.op), registry[node.op]?.isStateful != false, let first = node.inputs.first else {
                return false
            }
            return analysis.variable(at: first) == nil
        }
    }

    static func writes(_ op: String) -> Bool {
        op.hasPrefix("Assign") || op.hasPrefix("ResourceScatter") || op.hasPrefix("ResourceApply")
            || op.hasPrefix("ResourceSparse") || op.hasSuffix("StridedSliceAssign") || op.hasPrefix("Scatter")
            || op.hasPrefix("ResourceCountUpTo") || op == "DestroyResourceOp" || op == "RngReadAndSkip"
            || op == "RngSkip"
            || op.hasPrefix("StatefulRandom") || op.hasPrefix("StatefulUniform")
            || op.hasPrefix("StatefulStandardNormal") || op.hasPrefix("StatefulTruncatedNormal")
    }
}
