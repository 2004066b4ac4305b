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

extension GraphPatch {
    /// Where each shunted outlet is read from in the end, with chains of shunts followed.
    /// Throws INVALID_ARGUMENT if shunts lead in a circle.
    public func finalShunts() throws(Status) -> [OutletID: OutletID] {
        var final: [OutletID: OutletID] = [:]
        for start in shunts.keys where final[start] == nil {
            var path = [start]
            while let next = shunts[path[path.count - 1]], final[path[path.count - 1]] == nil {
                guard path.count <= shunts.count else { throw GraphPatch.cycle }
                path.append(next)
            }
            let end = path.removeLast()
            for outlet in path { final[outlet] = final[end] ?? end }
        }
        return final
    }

    /// The nodes that are waited for in the end in place of each shunted node.
    /// Throws INVALID_ARGUMENT if shunts lead in a circle.
    public func finalControlShunts() throws(Status) -> [Int: [Int]] {
        var final: [Int: [Int]] = [:]
        var open: Set<Int> = []
        for start in controlShunts.keys where final[start] == nil {
            var stack = [start]
            while let node = stack.last {
                let waits = controlShunts[node]!
                let pending = waits.filter { controlShunts[$0] != nil && final[$0] == nil }
                if pending.isEmpty {
                    if final[node] == nil { final[node] = Array(Set(waits.flatMap { final[$0] ?? [$0] })).sorted() }
                    open.remove(node)
                    stack.removeLast()
                } else {
                    guard open.insert(node).inserted else { throw GraphPatch.cycle }
                    stack += pending
                }
            }
        }
        return final
    }

    private static let cycle = Status.invalidArgument("the graph has a cycle of nodes that only pass values on")
}

extension Graph {
    /// Applies `patch`. Chains of shunts are followed, also for the inputs of added nodes.
    public mutating func apply(_ patch: GraphPatch) throws(Status) {
        nodes += patch.additions
        let shunts = try patch.finalShunts()
        let controlShunts = try patch.finalControlShunts()
        guard !shunts.isEmpty || !controlShunts.isEmpty else { return }
        for index in nodes.indices {
            for input in nodes[index].inputs.indices {
                if let target = shunts[nodes[index].inputs[input]] { nodes[index].inputs[input] = target }
            }
            let waits = nodes[index].controlInputs
            guard waits.contains(where: { controlShunts[$0] != nil }) else { continue }
            nodes[index].controlInputs = Array(Set(waits.flatMap { controlShunts[$0] ?? [$0] })).sorted()
        }
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
