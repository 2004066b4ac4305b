import Graphs
import ServingCore
import Tensors

extension Fusion {
    /// Moves bias and activation from behind a change of shape to before it, next to the product. Their nodes stay what they
    /// are: each element meets the same channel as before.
    static let views = Fusion(name: .views) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let product = LinearProduct(view, index), let chain = ViewChain(view, product) else { continue }
            var places = [OutletID(node: chain.views[chain.views.count - 1]): OutletID(node: index)]
            for node in chain.followers + chain.views {
                var copy = view.node(node)
                if node == chain.views[0] { copy.inputs[0] = places[OutletID(node: chain.last)]! }
                for input in copy.inputs.indices {
                    copy.inputs[input] = places[copy.inputs[input]] ?? copy.inputs[input]
                }
                places[OutletID(node: node)] = OutletID(node: patch.add(copy))
            }
            patch.shunt(OutletID(node: chain.last), to: places[OutletID(node: chain.views[chain.views.count - 1])]!)
        }
    }
}

/// Changes of shape behind a product that keep its channels in the last dimension, and what is done to each channel behind them.
private struct ViewChain {
    private(set) var views: [Int] = []
    private(set) var followers: [Int] = []
    private(set) var last: Int

    private static let ops: Set<String> = ["Reshape", "Squeeze", "ExpandDims"]

    init?(_ view: GraphView, _ product: LinearProduct) {
        last = product.index
        while let next = view.onlyReader(of: last), ViewChain.ops.contains(view.op(next)),
            view.node(next).inputs[0] == OutletID(node: last), view.lastSize(OutletID(node: next)) == product.channels
        {
            views.append(next)
            last = next
        }
        guard !views.isEmpty, let viewRank = view.fact(OutletID(node: last)).shape.rank else { return nil }
        let rank = min(viewRank, product.rank(view))
        while true {
            if let next = view.onlyReader(of: last), !view.op(next).hasPrefix("FusedBatchNorm"),
                ChannelLine(view, next, of: OutletID(node: last), channels: product.channels, rank: rank) != nil
            {
                followers.append(next)
                last = next
            } else if let region = ActivationRegion(view, from: OutletID(node: last)),
                region.nodes.allSatisfy({ view.largestConstantRank($0) <= rank })
            {
                followers += region.nodes
                last = region.last
            } else {
                break
            }
        }
        guard !followers.isEmpty else { return nil }
    }
}

extension GraphView {
    /// The size of the last dimension of `outlet`, also where it comes from a list of sizes of which only the last is known.
    fileprivate func lastSize(_ outlet: OutletID) -> Int? {
        if let size = fact(outlet).shape.dimensions?.last, size > 0 { return size }
        guard op(outlet.node) == "Reshape", let sizes = graph.nodes[outlet.node].inputs.last, sizes.slot == 0 else {
            return nil
        }
        let parts = graph.nodes[sizes.node].inputs
        let lastPart: OutletID? =
            switch op(sizes.node) {
            case "ConcatV2": parts.count > 2 ? parts[parts.count - 2] : nil
            case "Pack": parts.last
            default: nil
            }
        guard let size = lastPart.flatMap({ fact($0).constant?.integers?.last }), size > 0 else { return nil }
        return size
    }

    /// The largest rank of the constants that `node` reads.
    fileprivate func largestConstantRank(_ node: Int) -> Int {
        graph.nodes[node].inputs.reduce(0) { max($0, fact($1).constant?.shape.rank ?? 0) }
    }
}
