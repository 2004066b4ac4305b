import Graphs
import ServingCore
import Tensors

extension Fusion {
    /// Makes factors and summands of each channel, before and behind a product or convolution, part of its weights and bias:
    /// batch normalisation in all its spellings, scaling of pictures, scalar factors.
    static let batchNormalizations = Fusion(name: .batchNormalizations) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let product = LinearProduct(view, index), patch.isFree([index]),
                let neighbours = ProductNeighbours(view, product, patch),
                let folding = product.folding(view, before: neighbours.before, after: neighbours.after)
            else { continue }
            let name = product.node.name
            var node = product.fused(bias: patch.add(constant: Tensor(folding.bias), name: "\(name)/bias"))
            switch folding.weights {
            case .same(let factors): for (name, value) in factors.attributes { node.attributes[name] = value }
            case .other(let weights): node.inputs[1] = patch.add(constant: weights, name: "\(name)/weights")
            }
            node.inputs[0] = neighbours.source
            patch.replace(neighbours.nodes, result: OutletID(node: neighbours.last), by: node)
        }
    }
}

/// The lines before and behind a product.
private struct ProductNeighbours {
    private(set) var nodes: [Int]
    private(set) var before: ChannelLine?
    private(set) var after: ChannelLine
    /// What the first line reads.
    private(set) var source: OutletID
    /// The node of the last line.
    private(set) var last: Int

    /// Nil if there is nothing to multiply with.
    init?(_ view: GraphView, _ product: LinearProduct, _ patch: FusionPatch) {
        nodes = [product.index]
        guard let bias = product.bias(view) else { return nil }
        after = bias
        source = product.node.inputs[0]
        last = product.index
        let rank = product.rank(view)
        while let next = view.onlyReader(of: last), patch.isFree([next]), view.hasOneOutputRead(next),
            let line = ChannelLine(view, next, of: OutletID(node: last), channels: product.channels, rank: rank)
        {
            after = after.followed(by: line)
            nodes.append(next)
            last = next
        }
        takeFactors(before: product, view, patch)
        guard before != nil || after.hasScale else { return nil }
    }

    /// Takes what multiplies the input of `product`. Channels must be known not to come from broadcasting.
    private mutating func takeFactors(before product: LinearProduct, _ view: GraphView, _ patch: FusionPatch) {
        var reader = product.index
        guard product.sumsLastDimension else { return }
        while patch.isFree([source.node]), source.slot == 0, view.onlyReader(of: source.node) == reader {
            let node = view.node(source.node)
            guard let input = node.inputs.first(where: { view.fact($0).constant == nil }) else { return }
            let shape = view.fact(input).shape
            let known = shape.dimensions.flatMap { $0.last }.flatMap { $0 > 0 ? $0 : nil }
            let channels = before?.scale.count ?? known ?? 1
            guard known == nil || known == channels,
                let line = ChannelLine(
                    view, source.node, of: input, channels: channels, rank: known == nil ? 0 : shape.rank ?? 0)
            else { return }
            let joined = before.map { line.followed(by: $0) } ?? line
            // Numbers of the input that lie close together must not be told apart only after the product.
            guard joined.cancellation <= 32, !joined.hasShift || product.readsNoPadding else { return }
            guard channels == 1 || product.takes(channels) else { return }
            before = joined
            nodes.append(source.node)
            reader = source.node
            source = input
        }
    }
}

extension LinearProduct {
    /// True if the input may have `count` channels.
    fileprivate func takes(_ count: Int) -> Bool {
        switch base {
        case "Conv2D": count % weights.shape[2] == 0 && channels % (count / weights.shape[2]) == 0
        case "DepthwiseConv2dNative": count == weights.shape[2]
        default: count == weights.elementCount / channels
        }
    }
}
