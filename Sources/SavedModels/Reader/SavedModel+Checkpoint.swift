import Graphs
import Tensors

extension SavedModel {
    /// True if the restore op reads variables, so that the model can't work without a checkpoint.
    ///
    /// TensorFlow takes a missing index for "no variables", loads a half-copied model and fails at its first request.
    var needsCheckpoint: Bool {
        guard let restore else { return false }
        var search = RestoreSearch(library: library)
        return search.findsRestore(
            in: graph, from: graph.nodes.indices.filter { graph.nodes[$0].name == restore.restoreOpName })
    }
}

/// Looks for nodes that read variables from a checkpoint, also in functions. Not recursive: functions may be nested deeply.
private struct RestoreSearch {
    let library: FunctionLibrary
    private var found: Set<String> = []
    private var waiting: [String] = []

    init(library: FunctionLibrary) { self.library = library }

    /// Looks at `starts` and everything in `graph` that they depend on, and at all nodes of the functions called there.
    mutating func findsRestore(in graph: Graph, from starts: [Int]) -> Bool {
        if looksAt(graph, starts) { return true }
        while let name = waiting.popLast() {
            guard let body = library[name]?.body else { continue }
            if looksAt(body, Array(body.nodes.indices)) { return true }
        }
        return false
    }

    private mutating func looksAt(_ graph: Graph, _ starts: [Int]) -> Bool {
        var visited = Set(starts)
        var positions = starts
        while let position = positions.popLast() {
            let node = graph.nodes[position]
            if readsVariables(node, graph) { return true }
            for input in node.inputs.map(\.node) + node.controlInputs where visited.insert(input).inserted {
                positions.append(input)
            }
            if library[node.op] != nil { call(node.op) }
            for case .function(let function) in node.attributes.values.values { call(function.name) }
        }
        return false
    }

    private mutating func call(_ name: String) {
        if found.insert(name).inserted { waiting.append(name) }
    }

    private func readsVariables(_ node: Node, _ graph: Graph) -> Bool {
        guard ["RestoreV2", "Restore", "RestoreSlice"].contains(node.op), node.inputs.count >= 2 else { return false }
        // A TF2 model without variables restores nothing but its object graph.
        guard case .tensor(let names)? = graph.nodes[node.inputs[1].node].attributes["value"] else { return true }
        guard names.dataType == .string else { return true }
        return names.texts.contains { $0 != "_CHECKPOINTABLE_OBJECT_GRAPH" }
    }
}
