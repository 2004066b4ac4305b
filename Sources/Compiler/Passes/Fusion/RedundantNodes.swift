import Graphs
import ServingCore
import Tensors

extension Fusion {
    /// Lets readers of nodes that never change anything read what those nodes read. Only where it is certain that the node
    /// would not have failed either.
    static let redundantNodes = Fusion(name: .redundantNodes) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices where view.node(index).controlInputs.isEmpty {
            guard let source = view.unchangedInput(of: index) else { continue }
            patch.shunt(OutletID(node: index), to: source)
        }
    }
}

extension GraphView {
    /// The outlet whose value `node` always returns; nil if there is none.
    fileprivate func unchangedInput(of node: Int) -> OutletID? {
        let inputs = graph.nodes[node].inputs
        switch op(node) {
        case "Cast": return fact(inputs[0]).dataType == fact(OutletID(node: node)).dataType ? inputs[0] : nil
        case "AddN", "AccumulateNV2": return inputs.count == 1 && fact(inputs[0]).dataType != .variant ? inputs[0] : nil
        case "Mul": return factorOfOne(inputs[0], inputs[1]) ?? factorOfOne(inputs[1], inputs[0])
        case "RealDiv": return factorOfOne(inputs[0], inputs[1])
        case "Reshape": return keepsShape(node) ? inputs[0] : nil
        case "Transpose": return untransposed(node)
        case "Squeeze": return unsqueezed(node)
        default: return nil
        }
    }

    /// `value` if `factor` is the number one and leaves its shape alone.
    private func factorOfOne(_ value: OutletID, _ factor: OutletID) -> OutletID? {
        scalar(factor, maximumRank: fact(value).shape.rank ?? 0) == 1 ? value : nil
    }

    /// True if the sizes that a `Reshape` asks for are those of its input, of which at most one is unknown.
    private func keepsShape(_ node: Int) -> Bool {
        guard let wanted = vector(node, input: 1), wanted.filter({ $0 == -1 }).count <= 1,
            let sizes = fact(graph.nodes[node].inputs[0]).shape.dimensions, sizes.count == wanted.count
        else { return false }
        return zip(sizes, wanted).allSatisfy { $1 == -1 || $0 == $1 && $1 > 0 }
    }

    private func vector(_ node: Int, input: Int) -> [Int]? {
        constant(node, input: input).flatMap { $0.shape.rank == 1 ? $0.integers : nil }
    }

    /// What a `Transpose` returns that changes nothing, or takes back what another one has done.
    private func untransposed(_ node: Int) -> OutletID? {
        guard let order = vector(node, input: 1) else { return nil }
        let source = graph.nodes[node].inputs[0]
        if order == Array(order.indices) { return fact(source).shape.rank == order.count ? source : nil }
        guard let inner = producer(node, input: 0, op: "Transpose"), graph.nodes[inner].controlInputs.isEmpty,
            let first = vector(inner, input: 1), first.count == order.count,
            fact(graph.nodes[inner].inputs[0]).shape.rank == order.count
        else { return nil }
        let isInverse = order.indices.allSatisfy { axis in
            first.indices.contains(order[axis]) && first[order[axis]] == axis
        }
        return isInverse ? graph.nodes[inner].inputs[0] : nil
    }

    /// What a `Squeeze` returns that removes the dimension that an `ExpandDims` has just put in.
    private func unsqueezed(_ node: Int) -> OutletID? {
        guard let inner = producer(node, input: 0, op: "ExpandDims"), graph.nodes[inner].controlInputs.isEmpty,
            let removed = try? graph.nodes[node].attributes.ints("squeeze_dims", default: []), removed.count == 1,
            let added = constant(inner, input: 1)?.integers, added.count == 1
        else { return nil }
        let source = graph.nodes[inner].inputs[0]
        guard let rank = fact(source).shape.rank, (-rank - 1...rank).contains(added[0]),
            (-rank - 1...rank).contains(removed[0])
        else { return nil }
        let place = added[0] < 0 ? added[0] + rank + 1 : added[0]
        return place == (removed[0] < 0 ? removed[0] + rank + 1 : removed[0]) ? source : nil
    }
}
