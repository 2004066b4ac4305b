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

    /// The node of the fused op with other weights and a bias, which are left as they are if nil.
    func fused(weights: OutletID?, bias: OutletID?) -> Node {
        var fused = node
        fused.op = "Fused\(base)"
        if let weights { fused.inputs[1] = weights }
        if let bias {
            fused.inputs = Array(fused.inputs.prefix(2)) + [bias]
            fused.attributes["bias"] = .bool(true)
        }
        return fused
    }
}

extension LinearProduct {
    /// The weights that give `line(product(before(x)))` together with the second value as bias. Nil if a number becomes too
    /// large for `Float`, if padding would have to be other than zero, or if the memory is missing.
    func folding(before: ChannelLine?, after: ChannelLine) -> (weights: Tensor, bias: [Float])? {
        if let before, before.hasShift, !readsNoPadding { return nil }
        guard let buffer = TensorBuffer(byteCount: weights.byteCount) else { return nil }
        let result = Tensor(dataType: .float, shape: weights.shape, buffer: buffer)
        var sums = [Double](repeating: 0, count: channels)
        let isFinite = sums.withUnsafeMutableBufferPointer { sums in
            after.scale.withUnsafeBufferPointer { after in
                fold(before, after, to: result.pointer(Float.self), sums)
            }
        }
        let bias = (0..<channels).map { Float(sums[$0] * after.scale[$0] + after.shift[$0]) }
        return isFinite && bias.allSatisfy(\.isFinite) ? (result, bias) : nil
    }

    /// Writes the weights times the factors of both sides, and what the summands before amount to in each channel.
    /// - Returns: whether all numbers fit into `Float` that did before.
    private func fold(
        _ before: ChannelLine?, _ after: UnsafeBufferPointer<Double>, to target: UnsafeMutablePointer<Float>,
        _ sums: UnsafeMutableBufferPointer<Double>
    ) -> Bool {
        let source = UnsafePointer(weights.pointer(Float.self))
        let (rows, depth) = (weights.elementCount / channels, inputChannels)
        let (rowStep, channelStep) = isTransposed ? (1, rows) : (channels, 1)
        var isFinite = true
        for row in 0..<rows {
            for channel in 0..<channels {
                let place = row &* rowStep &+ channel &* channelStep
                var value = Double(source[place])
                if let before {
                    let input = inputChannel(row, channel, depth, before.scale.count)
                    sums[channel] += value * before.shift[input]
                    value *= before.scale[input]
                }
                let folded = Float(value * after[channel])
                isFinite = isFinite && (folded.isFinite || !value.isFinite)
                target[place] = folded
            }
        }
        return isFinite
    }

    /// The input channels that one output channel reads.
    private var inputChannels: Int {
        switch base {
        case "Conv2D": weights.shape[2]
        case "DepthwiseConv2dNative": 1
        default: weights.elementCount / channels
        }
    }

    /// The input channel that weight `row` of output channel `channel` is multiplied with, of `all`.
    @inline(__always)
    private func inputChannel(_ row: Int, _ channel: Int, _ depth: Int, _ all: Int) -> Int {
        guard all > 1 else { return 0 }
        guard depth < all else { return row % depth }
        let group = channel / max(1, channels / (all / depth))
        return group &* depth &+ row % depth
    }
}
