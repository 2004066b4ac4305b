import Graphs
import Kernels
import MicrokernelTypes
import ServingCore
import Tensors

extension Fusion {
    /// Makes one node of the factors and summands of each channel that no product takes, and of the activation behind.
    static let scaleShifts = Fusion(name: .scaleShifts) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard patch.isFree([index]), let chain = ScaleShiftChain(view, from: index, patch) else { continue }
            let name = view.node(index).name
            let scale = patch.add(constant: Tensor(chain.line.scale.map { Float($0) }), name: "\(name)/scale")
            let shift = patch.add(constant: Tensor(chain.line.shift.map { Float($0) }), name: "\(name)/shift")
            var node = view.node(index)
            node.op = "ScaleShift"
            node.inputs = [chain.source, scale, shift]
            node.attributes = Attributes(chain.activation.attributes)
            node.attributes["minimum_rank"] = .int(chain.ranks.lowerBound)
            node.attributes["maximum_rank"] = .int(chain.ranks.upperBound)
            patch.replace(chain.nodes, result: OutletID(node: chain.last), by: node)
        }
    }
}

/// Nodes that together compute a line for each channel.
private struct ScaleShiftChain {
    private(set) var nodes: [Int] = []
    private(set) var line: ChannelLine
    private(set) var activation = Activation.linear
    /// The ranks of inputs that the nodes take and leave as they are.
    private(set) var ranks = 1...TensorShape.maximumRank
    let source: OutletID
    private(set) var last: Int

    /// Where numbers cancel by more than this, one multiplication and addition would lose digits.
    private static let maximumCancellation = 32.0

    init?(_ view: GraphView, from index: Int, _ patch: FusionPatch) {
        let inputs = view.node(index).inputs
        guard view.node(index).controlInputs.isEmpty, view.fact(OutletID(node: index)).dataType == .float,
            let source = inputs.first(where: { view.fact($0).constant == nil }),
            let channels = ScaleShiftChain.channels(view, index)
        else { return nil }
        self.source = source
        line = ChannelLine(channels: channels)
        last = index
        // Fewer channels are broadcast, which the node does not do.
        let known = view.fact(source).shape.dimensions?.last
        guard known == channels || view.op(index).hasPrefix("FusedBatchNorm") else { return nil }
        guard take(view, index, source) else { return nil }
        while let next = view.onlyReader(of: last), patch.isFree([next]) {
            guard take(view, next, OutletID(node: last)) else { break }
        }
        guard view.hasOneOutputRead(last) else { return nil }
        if let region = ActivationRegion(view, from: OutletID(node: last)), patch.isFree(region.nodes) {
            activation = region.activation
            nodes += region.nodes
            last = region.last
        }
        let isWorthwhile = nodes.count > 1 || view.op(index).hasPrefix("FusedBatchNorm")
        guard isWorthwhile, line.cancellation <= ScaleShiftChain.maximumCancellation else { return nil }
        guard line.scale.allSatisfy({ Float($0).isFinite }), line.shift.allSatisfy({ Float($0).isFinite }) else {
            return nil
        }
    }

    /// The number of channels that the first constant of several elements tells.
    private static func channels(_ view: GraphView, _ index: Int) -> Int? {
        for input in view.node(index).inputs {
            guard let constant = view.fact(input).constant, constant.elementCount > 1 else { continue }
            return constant.shape[constant.shape.rank - 1]
        }
        return nil
    }

    private mutating func take(_ view: GraphView, _ node: Int, _ source: OutletID) -> Bool {
        let isNormalization = view.op(node).hasPrefix("FusedBatchNorm")
        let rank = isNormalization ? 4 : TensorShape.maximumRank
        guard let step = ChannelLine(view, node, of: source, channels: line.scale.count, rank: rank) else {
            return false
        }
        var (low, high) = (ranks.lowerBound, ranks.upperBound)
        if isNormalization { (low, high) = (max(low, 4), min(high, 5)) }
        if view.op(node) == "BiasAdd" { low = max(low, 2) }
        for input in view.node(node).inputs { low = max(low, view.fact(input).constant?.shape.rank ?? 0) }
        guard low <= high else { return false }
        ranks = low...high
        line = line.followed(by: step)
        nodes.append(node)
        last = node
        return true
    }
}
