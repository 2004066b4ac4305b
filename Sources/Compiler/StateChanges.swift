import Graphs
import Kernels

/// Finds out whether running a part of the graph may leave something behind that later runs see: a variable with another
/// value, an entry of a table, an advanced generator.
struct StateChanges {
    let registry: OpRegistry
    let library: FunctionLibrary

    /// False only if every op of `graph` and of the functions that it calls is known to change nothing.
    func areMade(by graph: Graph) -> Bool {
        var pending: [String] = []
        for node in graph.nodes where changes(node, &pending) { return true }
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted else { continue }
            guard let function = library[name] else { return true }
            for node in function.body.nodes where changes(node, &pending) { return true }
        }
        return false
    }

    /// Whether `node` itself changes something; what it calls is added to `calls`.
    private func changes(_ node: Node, _ calls: inout [String]) -> Bool {
        let called = library.functionsCalled(by: node)
        calls += called
        guard called.isEmpty else { return false }
        // Ops that the registry lacks don't run at all.
        guard let definition = registry[node.op], definition.isStateful else { return false }
        return !OpEffects.leavesState(node.op)
    }
}
