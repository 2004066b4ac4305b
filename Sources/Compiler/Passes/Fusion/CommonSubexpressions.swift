import Graphs
import Kernels
import ServingCore
import Tensors

extension Fusion {
    /// Lets one node compute what several would: those of the same op, attributes and inputs, and without effects.
    static let commonSubexpressions = Fusion(name: .commonSubexpressions) { (view, patch) throws(Status) in
        var first: [NodeKey: Int] = [:]
        var same: [Int: Int] = [:]
        for index in view.graph.nodes.indices {
            guard let key = NodeKey(view, index, same) else { continue }
            guard let earlier = first[key] else {
                first[key] = index
                continue
            }
            same[index] = earlier
            for slot in 0..<view.outputCount(index) {
                patch.shunt(OutletID(node: index, slot: slot), to: OutletID(node: earlier, slot: slot))
            }
        }
    }
}

/// What two nodes have in common that compute the same.
private struct NodeKey: Hashable {
    private let op: String
    private let inputs: [OutletID]
    private let attributes: [String: String]

    /// Constants with more bytes are not compared.
    private static let maximumBytes = 256

    /// Nil for nodes that must not be joined with others.
    /// - Parameter same: the earlier nodes that stand for later ones.
    init?(_ view: GraphView, _ index: Int, _ same: [Int: Int]) {
        let node = view.node(index)
        guard node.controlInputs.isEmpty, node.op != "_Arg", let definition = OpRegistry.standard[node.op],
            !definition.isStateful
        else { return nil }
        // Objects and lists may be changed by who holds them.
        for slot in 0..<view.outputCount(index) {
            let type = view.fact(OutletID(node: index, slot: slot)).dataType
            guard type != .variant, type != .resource else { return nil }
        }
        op = node.op
        inputs = node.inputs.map { OutletID(node: same[$0.node] ?? $0.node, slot: $0.slot) }
        var texts: [String: String] = [:]
        for (name, value) in node.attributes.values where !name.hasPrefix("_") {
            guard let text = NodeKey.text(of: value) else { return nil }
            texts[name] = text
        }
        attributes = texts
    }

    /// The same text only for equal values; nil for those that are not compared.
    private static func text(of attribute: Attribute) -> String? {
        switch attribute {
        case .int(let value): "\(value)"
        case .float(let value): "\(value.bitPattern)"
        case .bool(let value): "\(value)"
        case .string(let value): "\(value)"
        case .type(let value): value.name
        case .shape(let value): value.description
        case .ints(let values): "\(values)"
        case .floats(let values): "\(values.map(\.bitPattern))"
        case .bools(let values): "\(values)"
        case .types(let values): "\(values.map(\.name))"
        case .strings(let values): "\(values)"
        case .shapes(let values): "\(values.map(\.description))"
        case .emptyList: "[]"
        case .tensor(let value): text(of: value)
        case .function, .functions, .placeholder: nil
        }
    }

    private static func text(of tensor: Tensor) -> String? {
        guard !tensor.dataType.isReference, tensor.byteCount <= maximumBytes else { return nil }
        let bytes = UnsafeRawBufferPointer(start: tensor.buffer.base, count: tensor.byteCount)
        return "\(tensor.dataType.name) \(tensor.shape) \(Array(bytes))"
    }
}
