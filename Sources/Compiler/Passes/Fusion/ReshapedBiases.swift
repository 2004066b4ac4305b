import Graphs
import Kernels
import ServingCore
import Tensors

extension Fusion {
    /// Adds constants to the rows of a product before they are cut into heads, and not behind: then they can become part of the
    /// product.
    static let reshapedBiases = Fusion(name: .reshapedBiases) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices where ["AddV2", "Add"].contains(view.op(index)) {
            guard let found = ReshapedBias(view, index), patch.isFree([found.reshape, index]) else { continue }
            found.rewrite(view, &patch)
        }
    }
}

/// `Reshape(rows) + bias`, where the reshaping cuts each row into the dimensions that the bias has.
private struct ReshapedBias {
    let sum: Int
    let reshape: Int
    private let bias: Tensor

    init?(_ view: GraphView, _ sum: Int) {
        let inputs = view.node(sum).inputs
        guard inputs.count == 2,
            let position = inputs.indices.first(where: { view.producer(sum, input: $0, op: "Reshape") != nil }),
            view.onlyReader(of: inputs[position].node) == sum, view.fact(inputs[position]).dataType == .float,
            let bias = view.fact(inputs[1 - position]).constant, bias.shape.rank > 1,
            let result = view.fact(inputs[position]).shape.dimensions, result.count > bias.shape.rank,
            Array(result.suffix(bias.shape.rank)) == bias.shape.dimensions
        else { return nil }
        self.sum = sum
        self.bias = bias
        reshape = inputs[position].node
        let rows = view.node(reshape).inputs[0]
        guard view.fact(rows).shape.dimensions?.last == bias.elementCount,
            ["MatMul", "BatchMatMulV2"].contains(view.op(rows.node)), view.onlyReader(of: rows.node) == reshape
        else { return nil }
    }

    func rewrite(_ view: GraphView, _ patch: inout FusionPatch) {
        var node = view.node(sum)
        guard let shape = TensorShape(validating: [bias.elementCount]) else { return }
        let vector = patch.add(constant: bias.reshaped(to: shape), name: "\(node.name)/bias")
        node.inputs = [view.node(reshape).inputs[0], vector]
        var last = view.node(reshape)
        last.inputs[0] = OutletID(node: patch.add(node))
        patch.shunt(OutletID(node: sum), to: OutletID(node: patch.add(last)))
    }
}
