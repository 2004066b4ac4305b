import Graphs
import Kernels
import MicrokernelTypes
import ServingCore
import Tensors

extension Fusion {
    /// Joins `Float` convolutions and products with the constant vector that is added to them and with the activation behind.
    static let epilogues = Fusion(name: .epilogues) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let chain = EpilogueChain(view, from: index), patch.isFree(chain.nodes) else { continue }
            patch.replace(
                chain.nodes, result: OutletID(node: chain.nodes[chain.nodes.count - 1]), by: chain.fused(view))
        }
    }
}

/// A product and what can be joined to it.
private struct EpilogueChain {
    private(set) var nodes: [Int]
    private var bias: OutletID?
    private var activation = Activation.linear
    private let channels: Int

    private static let products: Set<String> = ["Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "Einsum"]

    init?(_ view: GraphView, from index: Int) {
        let node = view.node(index)
        let fact = view.fact(OutletID(node: index))
        guard EpilogueChain.products.contains(node.op), fact.dataType == .float else { return nil }
        guard (try? node.attributes.string("data_format", default: "NHWC")) == "NHWC" else { return nil }
        guard let channels = fact.shape.dimensions?.last, channels > 0 else { return nil }
        self.channels = channels
        nodes = [index]
        if let next = view.onlyReader(of: index), let outlet = biasAdded(by: next, view) {
            bias = outlet
            nodes.append(next)
        }
        if let next = view.onlyReader(of: nodes[nodes.count - 1]), let function = EpilogueChain.function(view.op(next))
        {
            activation = function
            nodes.append(next)
        }
        guard nodes.count > 1 else { return nil }
    }

    /// The constant vector that `node` adds to each row.
    private func biasAdded(by node: Int, _ view: GraphView) -> OutletID? {
        let inputs = view.node(node).inputs
        switch view.op(node) {
        case "BiasAdd": guard inputs.first?.node == nodes.last else { return nil }
        case "AddV2", "Add": break
        default: return nil
        }
        guard let vector = inputs.first(where: { $0.node != nodes.last }),
            view.fact(vector).constant?.shape == [channels]
        else { return nil }
        return vector
    }

    private static func function(_ op: String) -> Activation? {
        switch op {
        case "Relu": .rectifier
        case "Relu6": .rectifier6
        default: nil
        }
    }

    func fused(_ view: GraphView) -> Node {
        var node = view.node(nodes[0])
        node.op = "Fused\(node.op)"
        if let bias { node.inputs.append(bias) }
        node.attributes["bias"] = .bool(bias != nil)
        for (name, value) in activation.attributes { node.attributes[name] = value }
        return node
    }
}
