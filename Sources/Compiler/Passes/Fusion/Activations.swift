import Graphs
import Kernels
import ServingCore

extension Fusion {
    /// Makes one node of several that together compute an activation, where no product takes them.
    static let activations = Fusion(name: .activations) { (view, patch) throws(Status) in
        var sources: Set<OutletID> = []
        for index in view.graph.nodes.indices {
            for source in view.node(index).inputs where sources.insert(source).inserted {
                guard let region = ActivationRegion(view, from: source, takesSource: false), region.nodes.count > 1,
                    patch.isFree(region.nodes)
                else { continue }
                var node = view.node(region.nodes[0])
                node.op = "FusedActivation"
                node.inputs = [source]
                node.attributes = Attributes(region.activation.attributes)
                patch.replace(region.nodes, result: OutletID(node: region.last), by: node)
            }
        }
    }
}
