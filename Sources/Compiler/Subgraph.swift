import Graphs
import ServingCore
import Tensors

/// A graph with its entry and exit points: what is compiled into one program.
struct Subgraph {
    var graph: Graph
    /// The `_Arg` nodes that stand for the arguments, in order.
    var arguments: [Int]
    /// The outlets that are the results, in order.
    var results: [OutletID]
    /// Nodes that must run for their effects.
    var targets: [Int]

    /// Drops every node that neither a result nor a target needs, and puts the rest into an order in which each node
    /// stands after all that it needs. Arguments stay, used or not. Returns where nodes went that stay.
    @discardableResult
    mutating func prune() throws(Status) -> [Int: Int] {
        let roots = arguments + targets + results.map(\.node)
        let (reduced, positions) = graph.reduced(to: try graph.order(from: roots))
        graph = reduced
        arguments = arguments.map { positions[$0]! }
        targets = targets.map { positions[$0]! }
        results = results.map { OutletID(node: positions[$0.node]!, slot: $0.slot) }
        return positions
    }

    /// Applies `patch` to the nodes and to the exit points, and checks the edges.
    mutating func apply(_ patch: GraphPatch) throws(Status) {
        guard !patch.isEmpty else { return }
        try graph.apply(patch)
        let shunts = try patch.finalShunts()
        let controlShunts = try patch.finalControlShunts()
        results = results.map { shunts[$0] ?? $0 }
        targets = targets.flatMap { controlShunts[$0] ?? [$0] }
        try graph.checkEdges()
    }
}
