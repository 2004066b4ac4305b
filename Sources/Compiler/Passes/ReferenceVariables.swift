import Graphs
import ServingCore
import Tensors

/// Makes the implicit reads of TensorFlow 1's reference variables explicit.
///
/// There an op that takes a plain tensor may be connected to a variable itself and sees its value at that moment. Here
/// a variable's output is a resource, and such an op gets a `ReadVariableOp` of its own, which waits for what it waits for.
struct ReferenceVariables {
    /// Ops whose first output is a reference to a variable.
    private static let references: Set<String> = [
        "VariableV2", "Variable", "TemporaryVariable", "RefIdentity", "Assign", "AssignAdd", "AssignSub",
        "ScatterUpdate",
        "ScatterAdd", "ScatterSub", "ScatterMul", "ScatterDiv", "ScatterMin", "ScatterMax", "ScatterNdUpdate",
        "ScatterNdAdd",
        "ScatterNdSub", "ScatterNdMin", "ScatterNdMax", "StridedSliceAssign", "CountUpTo",
    ]
    /// Ops whose first input is a reference to a variable.
    private static let takers: Set<String> = references.subtracting(["VariableV2", "Variable", "TemporaryVariable"])
        .union(["IsVariableInitialized", "DestroyTemporaryVariable"])

    /// True if `outlet` stands for a variable, and who reads it reads the variable.
    static func isReference(_ outlet: OutletID, _ graph: Graph) -> Bool {
        outlet.slot == 0 && references.contains(graph.nodes[outlet.node].op)
            && graph.nodes[outlet.node].op != "CountUpTo"
    }

    /// Throws INVALID_ARGUMENT with TensorFlow's text if an argument of `graph` stands where a node needs a reference.
    static func checkArguments(_ graph: Graph) throws(Status) {
        for node in graph.nodes where takers.contains(node.op) {
            guard let first = node.inputs.first, graph.nodes[first.node].op == "_Arg" else { continue }
            let argument = graph.nodes[first.node]
            let type = try argument.attributes.type("T").name
            throw .invalidArgument(
                "Input 0 of node \(node.name) was passed \(type) from \(argument.name):0 incompatible with expected "
                    + "\(type)_ref.")
        }
    }

    static func run(_ subgraph: inout Subgraph) throws(Status) {
        guard subgraph.graph.nodes.contains(where: { references.contains($0.op) }) else { return }
        for index in subgraph.graph.nodes.indices {
            for input in subgraph.graph.nodes[index].inputs.indices {
                let node = subgraph.graph.nodes[index]
                guard !(input == 0 && takers.contains(node.op)) else { continue }
                guard let read = try reader(of: node.inputs[input], for: node, in: subgraph.graph) else { continue }
                subgraph.graph.nodes[index].inputs[input] = OutletID(node: subgraph.graph.add(read))
            }
        }
        for index in subgraph.results.indices {
            let fetch = Node(name: "", op: "")
            let outlet = subgraph.results[index]
            guard var read = try reader(of: outlet, for: fetch, in: subgraph.graph) else { continue }
            // The name that errors tell; TensorFlow has a node for each result.
            if read.function.isEmpty { read.name = "_retval_\(subgraph.graph.nodes[outlet.node].name)_0_\(index)" }
            subgraph.results[index] = OutletID(node: subgraph.graph.add(read))
        }
    }

    /// A node that reads the variable behind `outlet`; nil if `outlet` is no reference.
    private static func reader(of outlet: OutletID, for consumer: Node, in graph: Graph) throws(Status) -> Node? {
        guard isReference(outlet, graph) else { return nil }
        let producer = graph.nodes[outlet.node]
        let key = producer.op.contains("Variable") ? "dtype" : "T"
        return Node(
            name: producer.name + "/read", op: "ReadVariableOp", inputs: [outlet],
            controlInputs: consumer.controlInputs,
            attributes: Attributes(["dtype": .type(try producer.attributes.type(key))]), function: producer.function)
    }
}
