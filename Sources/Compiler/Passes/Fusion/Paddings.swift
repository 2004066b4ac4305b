import Graphs
import ServingCore

extension Fusion {
    /// Makes zeros that are put around pictures part of the convolution or pooling that alone reads them.
    static let paddings = Fusion(name: .paddings) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard
                let pad = [view.producer(index, input: 0, op: "Pad"), view.producer(index, input: 0, op: "PadV2")]
                    .compactMap({ $0 }).first,
                view.onlyReader(of: pad) == index, patch.isFree([pad, index]),
                let paddings = spatialPaddings(view, pad, before: view.node(index)),
                var node = LinearProduct(view, index).flatMap({
                    $0.isConvolution ? $0.fused(bias: nil) : nil
                })
                    ?? pooling(view, index, pad, paddings)
            else { continue }
            node.inputs[0] = view.node(pad).inputs[0]
            node.attributes["padding"] = .string(Array("EXPLICIT".utf8))
            node.attributes["explicit_paddings"] = .ints(paddings)
            patch.replace([pad, index], result: OutletID(node: index), by: node)
        }
    }

    /// The node of a maximum over windows that always see an element of the input, none of which is negative: so zeros don't
    /// count.
    private static func pooling(_ view: GraphView, _ index: Int, _ pad: Int, _ paddings: [Int]) -> Node? {
        var node = view.node(index)
        let input = view.node(pad).inputs[0]
        guard node.op == "MaxPool", view.fact(input).dataType == .float, input.slot == 0,
            ["Relu", "Relu6", "Sigmoid"].contains(view.op(input.node)),
            (try? node.attributes.string("data_format", default: "NHWC")) == "NHWC",
            let window = try? node.attributes.ints("ksize"), window.count == 4
        else { return nil }
        guard [2, 3].allSatisfy({ paddings[$0] < window[1] }), [4, 5].allSatisfy({ paddings[$0] < window[2] }) else {
            return nil
        }
        node.op = "FusedMaxPool"
        return node
    }

    /// What `pad` and `window` together put around the input, before and after each of four dimensions; nil unless these
    /// are zeros of pictures.
    private static func spatialPaddings(_ view: GraphView, _ pad: Int, before window: Node) -> [Int]? {
        if view.op(pad) == "PadV2" {
            guard view.scalar(view.node(pad).inputs[2], maximumRank: 0) == 0 else { return nil }
        }
        guard let constant = view.constant(pad, input: 1), constant.shape == [4, 2], var values = constant.integers,
            values.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 }), values[0] + values[1] + values[6] + values[7] == 0
        else { return nil }
        switch try? window.attributes.string("padding") {
        case "VALID": return values
        case "EXPLICIT":
            guard let own = try? window.attributes.ints("explicit_paddings"), own.count == 8,
                own.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 })
            else { return nil }
            for index in values.indices { values[index] += own[index] }
            return values
        default: return nil
        }
    }
}
