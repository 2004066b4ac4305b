import Graphs
import ServingCore

extension Fusion {
    /// Makes zeros that are put around pictures part of the convolution that alone reads them.
    static let paddings = Fusion(name: .paddings) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let product = LinearProduct(view, index), product.isConvolution,
                let pad = [view.producer(index, input: 0, op: "Pad"), view.producer(index, input: 0, op: "PadV2")]
                    .compactMap({ $0 }).first,
                view.onlyReader(of: pad) == index, patch.isFree([pad, index]),
                let paddings = spatialPaddings(view, pad, before: product.node)
            else { continue }
            var node = product.fused(weights: nil, bias: nil)
            node.inputs[0] = view.node(pad).inputs[0]
            node.attributes["padding"] = .string(Array("EXPLICIT".utf8))
            node.attributes["explicit_paddings"] = .ints(paddings)
            patch.replace([pad, index], result: OutletID(node: index), by: node)
        }
    }

    /// What `pad` and `convolution` together put around the input, before and after each of four dimensions; nil unless these
    /// are zeros of pictures.
    private static func spatialPaddings(_ view: GraphView, _ pad: Int, before convolution: Node) -> [Int]? {
        if view.op(pad) == "PadV2" {
            guard view.scalar(view.node(pad).inputs[2], maximumRank: 0) == 0 else { return nil }
        }
        guard let constant = view.constant(pad, input: 1), constant.shape == [4, 2], var values = constant.integers,
            values.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 }), values[0] + values[1] + values[6] + values[7] == 0
        else { return nil }
        switch try? convolution.attributes.string("padding") {
        case "VALID": return values
        case "EXPLICIT":
            guard let own = try? convolution.attributes.ints("explicit_paddings"), own.count == 8,
                own.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 })
            else { return nil }
            for index in values.indices { values[index] += own[index] }
            return values
        default: return nil
        }
    }
}
