import Graphs
import Kernels
import ServingCore
import Tensors

extension Fusion {
    /// Joins depthwise convolutions with the convolutions of single pixels in front and behind, so that what lies between them need not
    /// go through the memory.
    static let depthwiseChains = Fusion(name: .depthwiseChains) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let chain = DepthwiseChain(view, around: index, patch) else { continue }
            patch.replace(chain.nodes, result: OutletID(node: chain.nodes.last!), by: chain.fused(view))
        }
    }
}

/// A depthwise convolution and its neighbours.
private struct DepthwiseChain {
    private let parts: [(part: DepthwiseChainPart, node: Int)]

    /// Nil if node `index` is no such convolution, or has no such neighbours.
    init?(_ view: GraphView, around index: Int, _ patch: FusionPatch) {
        guard patch.isFree([index]), let own = ConvolutionNode(view, index), own.isSimpleDepthwise else { return nil }
        var parts = [(DepthwiseChainPart.depthwise, index)]
        let input = view.node(index).inputs[0]
        if input.slot == 0, view.onlyReader(of: input.node) == index, patch.isFree([input.node]),
            let neighbour = ConvolutionNode(view, input.node), neighbour.isPointwise, !neighbour.hasResidual,
            neighbour.outputChannels == own.inputChannels
        {
            parts.insert((.expansion, input.node), at: 0)
        }
        if let next = view.onlyReader(of: index), patch.isFree([next]), view.hasOneOutputRead(next),
            view.node(next).inputs[0] == OutletID(node: index), let neighbour = ConvolutionNode(view, next),
            neighbour.isPointwise, neighbour.inputChannels == own.outputChannels
        {
            parts.append((.projection, next))
        }
        guard parts.count > 1 else { return nil }
        self.parts = parts
    }

    var nodes: [Int] { parts.map(\.node) }

    func fused(_ view: GraphView) -> Node {
        var node = Node(name: view.node(nodes.last!).name, op: "FusedDepthwiseChain")
        node.inputs = [view.node(nodes[0]).inputs[0]]
        for (part, index) in parts {
            let own = view.node(index)
            node.inputs += own.inputs.dropFirst()
            for (name, value) in part.attributes(from: own.attributes) { node.attributes[name] = value }
        }
        return node
    }
}

/// A convolution with a constant filter and maybe an epilogue.
private struct ConvolutionNode {
    private let node: Node
    private let base: String
    private let filter: TensorShape

    init?(_ view: GraphView, _ index: Int) {
        let node = view.node(index)
        let base = node.op.hasPrefix("Fused") ? String(node.op.dropFirst(5)) : node.op
        guard ["Conv2D", "DepthwiseConv2dNative"].contains(base), node.inputs.count >= 2, node.controlInputs.isEmpty,
            view.fact(OutletID(node: index)).dataType == .float, let filter = view.constant(index, input: 1)?.shape,
            filter.rank == 4, filter.elementCount > 0,
            (try? node.attributes.string("data_format", default: "NHWC")) == "NHWC"
        else { return nil }
        self.node = node
        self.base = base
        self.filter = filter
        guard fits(view.fact(node.inputs[0]).shape), hasConstantBias(view, index) else { return nil }
    }

    var inputChannels: Int { filter[2] }
    var outputChannels: Int { base == "Conv2D" ? filter[3] : filter[2] &* filter[3] }

    /// True if pictures of these sizes have one channel for each of the filter's.
    private func fits(_ input: PartialShape) -> Bool {
        input.dimensions.map { $0.count == 4 } ?? true && input.size(3) ?? filter[2] == filter[2]
    }

    /// True if there is no bias, or one that is always the same and fits.
    private func hasConstantBias(_ view: GraphView, _ index: Int) -> Bool {
        guard (try? node.attributes.bool("bias", default: false)) != false else { return true }
        guard let bias = view.constant(index, input: 2) else { return false }
        return bias.dataType == .float && bias.elementCount == outputChannels
    }

    var hasResidual: Bool { (try? node.attributes.bool("residual", default: false)) != false }

    /// True if each channel has one filter.
    var isSimpleDepthwise: Bool { base == "DepthwiseConv2dNative" && filter[3] == 1 && !hasResidual }

    /// True if each pixel of the result comes from the pixel of the input at its place, and all of its channels.
    var isPointwise: Bool {
        guard base == "Conv2D", filter[0] == 1, filter[1] == 1, (try? node.attributes.ints("strides")) == [1, 1, 1, 1]
        else { return false }
        return ["SAME", "VALID"].contains(try? node.attributes.string("padding"))
    }
}
