import ServingCore

/// A small change of a graph: nodes that are added, and outlets whose readers shall read other outlets instead.
///
/// A rewrite reads the graph, returns a patch and changes nothing itself. Nodes that lose all readers stay until the
/// graph is pruned.
public struct GraphPatch: Sendable {
    /// The number of nodes of the graph that the patch was made for.
    private let base: Int
    public private(set) var additions: [Node] = []
    /// Readers of the key read the value instead, data edges only.
    public private(set) var shunts: [OutletID: OutletID] = [:]
    /// Nodes that wait for the key wait for these nodes instead.
    public private(set) var controlShunts: [Int: [Int]] = [:]

    public init(for graph: Graph) { base = graph.nodes.count }

    public var isEmpty: Bool { additions.isEmpty && shunts.isEmpty && controlShunts.isEmpty }

    /// The position that the addition after the next `skipped` ones will have.
    public func position(ofNextAddition skipped: Int) -> Int { base + additions.count + skipped }

    /// Adds `node`, whose inputs may be nodes of the graph or earlier additions; returns its position.
    public mutating func add(_ node: Node) -> Int {
        additions.append(node)
        return base + additions.count - 1
    }

    /// Makes readers of `old` read `new`.
    public mutating func shunt(_ old: OutletID, to new: OutletID) { shunts[old] = new }

    /// Makes nodes that wait for `old` wait for all of `new`.
    public mutating func shuntControl(of old: Int, to new: [Int]) { controlShunts[old] = new }
}

extension Graph {
    /// Applies `patch`. Chains of shunts are followed, also for the inputs of added nodes.
    public mutating func apply(_ patch: GraphPatch) throws(Status) {
        nodes += patch.additions
        guard !patch.shunts.isEmpty || !patch.controlShunts.isEmpty else { return }
        for index in nodes.indices {
            for input in nodes[index].inputs.indices {
                nodes[index].inputs[input] = try Graph.resolve(nodes[index].inputs[input], patch.shunts)
            }
            guard nodes[index].controlInputs.contains(where: { patch.controlShunts[$0] != nil }) else { continue }
            nodes[index].controlInputs = try Graph.resolve(nodes[index].controlInputs, patch.controlShunts)
        }
    }

    /// Where `outlet` is read from after all shunts.
    public static func resolve(_ outlet: OutletID, _ shunts: [OutletID: OutletID]) throws(Status) -> OutletID {
        var current = outlet
        for _ in 0...shunts.count {
            guard let next = shunts[current] else { return current }
            current = next
        }
        throw .invalidArgument("the graph has a cycle of nodes that only pass values on")
    }

    private static func resolve(_ waits: [Int], _ shunts: [Int: [Int]]) throws(Status) -> [Int] {
        var pending = waits
        var seen: Set<Int> = []
        var result: [Int] = []
        while let node = pending.popLast() {
            guard seen.insert(node).inserted else { continue }
            if let replacements = shunts[node] { pending += replacements } else { result.append(node) }
        }
        return result.sorted()
    }

    /// Throws INTERNAL if an edge leads nowhere; run after each rewrite.
    public func checkEdges() throws(Status) {
        for node in nodes {
            let dangling = node.inputs.contains { !nodes.indices.contains($0.node) || $0.slot < 0 }
            guard !dangling, node.controlInputs.allSatisfy({ nodes.indices.contains($0) }) else {
                throw .internalError("node \(node.name) (\(node.op)) has an edge from a node that does not exist")
            }
        }
    }
}
