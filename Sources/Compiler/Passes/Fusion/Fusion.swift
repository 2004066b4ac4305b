import Graphs
import ServingCore

/// One idea of how nodes are replaced by fewer or faster ones that give the same values.
///
/// A fusion reads a view of the graph and returns a patch. Two replacements of one patch must not share nodes: `claimed` keeps
/// account.
struct Fusion: Sendable {
    /// Adds replacements to `patch`.
    typealias Rewrite = @Sendable (_ view: GraphView, _ patch: inout FusionPatch) throws(Status) -> Void

    let name: GraphCompiler.Options.Fusion
    let rewrite: Rewrite

    /// In the order in which they run.
    static let all: [Fusion] = [
        .epilogues,
        .softmax,
        .elementwise,
    ]
}

/// A patch and the nodes that it replaces.
struct FusionPatch {
    private(set) var patch: GraphPatch
    private var claimed: Set<Int> = []

    init(for graph: Graph) { patch = GraphPatch(for: graph) }

    var isEmpty: Bool { patch.isEmpty }

    /// True if none of `nodes` has been replaced yet.
    func isFree(_ nodes: [Int]) -> Bool { claimed.isDisjoint(with: nodes) }

    /// Adds a node that others of this patch read; returns its position.
    mutating func add(_ node: Node) -> Int { patch.add(node) }

    /// Puts `node` in the place of `nodes`, of which only outlet `result` is read by others.
    mutating func replace(_ nodes: [Int], result: OutletID, by node: Node) {
        claimed.formUnion(nodes)
        patch.shunt(result, to: OutletID(node: patch.add(node)))
    }
}
