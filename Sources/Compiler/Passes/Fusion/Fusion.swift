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
        .recurrence,
        // While each product still has a reshaping of its own.
        .lastAxisProducts,
        .redundantNodes,
        .commonSubexpressions,
        .layerNormalizations,
        .softmax,
        .attention,
        .reshapedBiases,
        .views,
        .paddings,
        .batchNormalizations,
        .epilogues,
        .scaleShifts,
        .activations,
        .depthwiseChains,
        .elementwise,
    ]
}
