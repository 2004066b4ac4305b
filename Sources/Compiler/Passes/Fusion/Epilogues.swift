import Graphs
import Kernels
import MicrokernelTypes
import ServingCore
import Tensors

extension Fusion {
    /// Joins `Float` convolutions and products with the constants that are added to each channel, with a tensor that is added to
    /// the result, and with the activation behind.
    static let epilogues = Fusion(name: .epilogues) { (view, patch) throws(Status) in
        // From the last one: of two products that are added, it takes the other's result as its residual.
        for index in view.graph.nodes.indices.reversed() {
            guard let product = LinearProduct(view, index), patch.isFree([index]),
                let chain = EpilogueChain(view, product, patch)
            else { continue }
            var bias: OutletID?
            if let values = chain.bias { bias = patch.add(constant: Tensor(values), name: "\(product.node.name)/bias") }
            patch.replace(chain.nodes, result: OutletID(node: chain.last), by: chain.fused(product, bias: bias))
        }
    }
}

/// A product and what can be joined to it.
private struct EpilogueChain {
    private(set) var nodes: [Int]
    /// The constants to add, if they are others than the product has already.
    private(set) var bias: [Float]?
    private(set) var last: Int
    private var residual: OutletID?
    private var activation = Activation.linear

    init?(_ view: GraphView, _ product: LinearProduct, _ patch: FusionPatch) {
        nodes = [product.index]
        last = product.index
        guard takeBias(view, product, patch) else { return nil }
        takeResidual(view, product, patch)
        if let region = ActivationRegion(view, from: OutletID(node: last)), patch.isFree(region.nodes) {
            activation = region.activation
            nodes += region.nodes
            last = region.last
        }
        guard nodes.count > 1 else { return nil }
    }

    /// False if there is no telling what the product adds already.
    private mutating func takeBias(_ view: GraphView, _ product: LinearProduct, _ patch: FusionPatch) -> Bool {
        guard var line = product.bias(view) else { return false }
        let rank = product.rank(view)
        while let next = view.onlyReader(of: last), patch.isFree([next]), view.hasOneOutputRead(next),
            let step = ChannelLine(view, next, of: OutletID(node: last), channels: product.channels, rank: rank),
            !step.hasScale
        {
            line = line.followed(by: step)
            nodes.append(next)
            last = next
        }
        if nodes.count > 1 { bias = line.shift.map { Float($0) } }
        return bias?.allSatisfy(\.isFinite) ?? true
    }

    /// Takes a sum with a tensor that may well have the same shape. Whether it has, each run will show; sizes that are known
    /// must stay right for a sum that is broadcast.
    private mutating func takeResidual(_ view: GraphView, _ product: LinearProduct, _ patch: FusionPatch) {
        guard let next = view.onlyReader(of: last), patch.isFree([next]), ["AddV2", "Add"].contains(view.op(next)),
            let other = view.node(next).inputs.first(where: { $0.node != last }), view.fact(other).constant == nil
        else { return }
        let shape = view.fact(other).shape
        let result = view.fact(OutletID(node: product.index)).shape
        guard let sizes = shape.dimensions, let expected = result.dimensions, sizes.count == expected.count else {
            return
        }
        guard sizes.last == product.channels,
            zip(sizes, expected).allSatisfy({ $0 == $1 || $1 < 0 && $0 != 1 || $0 < 0 && $1 != 1 })
        else { return }
        residual = other
        nodes.append(next)
        last = next
    }

    func fused(_ product: LinearProduct, bias: OutletID?) -> Node {
        var node = product.fused(bias: bias)
        if let residual {
            node.inputs.append(residual)
            node.attributes["residual"] = .bool(true)
        }
        if activation != .linear {
            for (name, value) in activation.attributes { node.attributes[name] = value }
        }
        return node
    }
}
