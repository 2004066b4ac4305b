import Graphs
import Kernels
import Tensors

/// A product or convolution of `Float` elements with constant weights, whose result has its channels in the last dimension.
struct LinearProduct {
    let index: Int
    let node: Node
    /// The op that it is without what is joined to it, for example `Conv2D`.
    let base: String
    let weights: Tensor
    /// The channels of the result.
    let channels: Int

    /// Ops with a constant in input 1 that fusions join with their neighbours.
    private static let ops: Set<String> = ["Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2"]

    /// Nil if node `index` is no such product, or has a residual or an activation already.
    init?(_ view: GraphView, _ index: Int) {
        let node = view.node(index)
        let base = node.op.hasPrefix("Fused") ? String(node.op.dropFirst(5)) : node.op
        guard LinearProduct.ops.contains(base), node.inputs.count >= 2, node.controlInputs.isEmpty,
            view.fact(OutletID(node: index)).dataType == .float, let weights = view.constant(index, input: 1),
            weights.dataType == .float, weights.elementCount > 0
        else { return nil }
        guard (try? node.attributes.string("data_format", default: "NHWC")) == "NHWC" else { return nil }
        guard (try? node.attributes.bool("residual", default: false)) == false, node.attributes["activation"] == nil
        else {
            return nil
        }
        guard let channels = LinearProduct.channels(base, node.attributes, weights.shape) else { return nil }
        self.index = index
        self.node = node
        self.base = base
        self.weights = weights
        self.channels = channels
    }

    private static func channels(_ base: String, _ attributes: Attributes, _ weights: TensorShape) -> Int? {
        switch base {
        case "Conv2D": weights.rank == 4 ? weights[3] : nil
        case "DepthwiseConv2dNative": weights.rank == 4 ? weights[2] * weights[3] : nil
        default: weights.rank == 2 ? weights[isTransposed(attributes) ? 0 : 1] : nil
        }
    }

    private static func isTransposed(_ attributes: Attributes) -> Bool {
        let names = ["transpose_b", "adj_y"]
        return names.contains { (try? attributes.bool($0, default: false)) == true }
    }

    private var isTransposed: Bool {
        base.hasSuffix("MatMul") || base.hasSuffix("V2") ? Self.isTransposed(node.attributes) : false
    }

    var isConvolution: Bool { weights.shape.rank == 4 }

    /// The rank of the result, or the least that it can have.
    func rank(_ view: GraphView) -> Int {
        isConvolution ? 4 : view.fact(OutletID(node: index)).shape.rank ?? 2
    }

    /// True if no sum has terms from outside the input.
    var readsNoPadding: Bool {
        guard isConvolution else { return true }
        let padding = try? node.attributes.string("padding")
        return padding == "VALID" || padding == "SAME" && weights.shape[0] == 1 && weights.shape[1] == 1
    }

    /// True if the input's last dimension is what the products add up, so that its channels are those of the weights.
    var sumsLastDimension: Bool {
        ["transpose_a", "adj_x"].allSatisfy { (try? node.attributes.bool($0, default: false)) == false }
    }

    /// The bias that it has already.
    func bias(_ view: GraphView) -> ChannelLine? {
        guard (try? node.attributes.bool("bias", default: false)) == true else {
            return ChannelLine(channels: channels)
        }
        guard node.inputs.count > 2 else { return nil }
        return view.channelValues(node.inputs[2], channels: channels, maximumRank: 1).map { ChannelLine(shift: $0) }
    }

    /// The node of the fused op with a bias, which is left as it is if nil.
    func fused(bias: OutletID?) -> Node {
        var fused = node
        fused.op = "Fused\(base)"
        if let bias {
            fused.inputs = Array(fused.inputs.prefix(2)) + [bias]
            fused.attributes["bias"] = .bool(true)
        }
        return fused
    }
}

extension LinearProduct {
    /// What makes `line(product(before(x)))` of the product.
    struct Folding {
        let weights: Weights
        /// Added to the channels of the result.
        let bias: [Float]

        enum Weights {
            /// Those of the product, which the fused op multiplies with factors.
            case same(WeightFactors)
            case other(Tensor)
        }
    }

    /// Nil if a number becomes too large for `Float`, if padding would have to be other than zero, or if the memory is missing.
    func folding(_ view: GraphView, before: ChannelLine?, after: ChannelLine) -> Folding? {
        if let before, before.hasShift, !readsNoPadding { return nil }
        let factors = WeightFactors(inputs: before?.scale ?? [], outputs: after.scale)
        let sums = before.map(sums(of:)) ?? [Double](repeating: 0, count: channels)
        let bias = (0..<channels).map { Float(sums[$0] * after.scale[$0] + after.shift[$0]) }
        guard bias.allSatisfy(\.isFinite) else { return nil }
        if WeightFactors.areTaken(by: base, NodeFacts(node: node, inputs: node.inputs.map(view.fact))) {
            return Folding(weights: .same(factors), bias: bias)
        }
        guard let result = Tensor(allocating: .float, shape: weights.shape),
            factors.multiply(weights.pointer(Float.self), of: matrix, to: result.pointer(Float.self))
        else { return nil }
        return Folding(weights: .other(result), bias: bias)
    }

    private var matrix: WeightMatrix {
        switch base {
        case "Conv2D": .convolution(weights.shape)
        case "DepthwiseConv2dNative": .depthwise(weights.shape)
        default: .product(weights.shape, isTransposed: isTransposed)
        }
    }

    /// What the summands of `before` amount to in each channel.
    private func sums(of before: ChannelLine) -> [Double] {
        var sums = [Double](repeating: 0, count: channels)
        guard before.hasShift else { return sums }
        let (values, matrix, count) = (weights.pointer(Float.self), self.matrix, before.shift.count)
        let groupSize = channels / matrix.groupCount(inputChannels: count)
        for row in 0..<matrix.rows {
            for channel in 0..<channels {
                let shift = before.shift[matrix.inputChannel(row, channel / groupSize, of: count)]
                sums[channel] += Double(values[matrix.place(row, channel)]) * shift
            }
        }
        return sums
    }
}
