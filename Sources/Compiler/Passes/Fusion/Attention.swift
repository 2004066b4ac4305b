import Graphs
import Kernels
import ServingCore
import Tensors

extension Fusion {
    /// Puts one node in the place of `softmax(scale * query · keysᵀ + mask) · values`, written with `BatchMatMulV2` or `Einsum`,
    /// and of the transpositions around it.
    static let attention = Fusion(name: .attention) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices where view.op(index) == "Softmax" {
            guard let found = Attention(view, around: index), patch.isFree(found.nodes) else { continue }
            patch.replace(found.nodes, result: found.result, by: found.fused(view))
        }
    }
}

/// A tensor and the letters of its dimensions, as `FusedAttention` names them.
private struct NamedTensor {
    var outlet: OutletID
    var axes: [UInt8]
}

/// The nodes of an attention, found from its softmax on.
private struct Attention {
    private(set) var nodes: [Int]
    private(set) var result: OutletID
    private let view: GraphView
    private var query: NamedTensor
    private var keys: NamedTensor
    private var values: NamedTensor
    private var resultAxes: [UInt8] = []
    private var scale: Float = 1
    private var mask: OutletID?

    init?(_ view: GraphView, around softmax: Int) {
        self.view = view
        nodes = [softmax]
        result = OutletID(node: softmax)
        let none = NamedTensor(outlet: result, axes: [])
        (query, keys, values) = (none, none, none)
        guard view.fact(result).dataType == .float, let scores = view.node(softmax).inputs.first,
            isReadOnce(scores), matchMask(scores), let next = view.onlyReader(of: softmax), matchValues(next)
        else { return nil }
        for operand in [query, keys, values] {
            guard let rank = view.fact(operand.outlet).shape.rank, rank == operand.axes.count else { return nil }
        }
    }

    /// `scores + mask`, in either order, or the scores alone.
    private mutating func matchMask(_ outlet: OutletID) -> Bool {
        guard let terms = view.inputs(outlet, of: ["AddV2", "Add"]), terms.count == 2 else { return matchScale(outlet) }
        for (scores, other) in [(terms[0], terms[1]), (terms[1], terms[0])] where matchScale(scores) {
            mask = other
            nodes.append(outlet.node)
            // A mask of more dimensions would broadcast the scores.
            return view.fact(other).shape.rank.map { $0 <= query.axes.count } ?? true
        }
        return false
    }

    /// `product * scale`, `product / scale`, or the product alone.
    private mutating func matchScale(_ outlet: OutletID) -> Bool {
        guard isReadOnce(outlet) else { return false }
        if let factors = view.inputs(outlet, of: ["Mul"]), factors.count == 2 {
            for (product, factor) in [(factors[0], factors[1]), (factors[1], factors[0])] {
                guard let value = view.scalar(factor), isReadOnce(product), matchScores(product) else { continue }
                scale = value
                nodes.append(outlet.node)
                return true
            }
            return false
        }
        if let terms = view.inputs(outlet, of: ["RealDiv", "Div"]), terms.count == 2 {
            guard let value = view.scalar(terms[1]), isReadOnce(terms[0]), matchScores(terms[0]) else { return false }
            scale = 1 / value
            nodes.append(outlet.node)
            return true
        }
        return matchScores(outlet)
    }

    private func isReadOnce(_ outlet: OutletID) -> Bool { view.onlyReader(of: outlet.node) != nil }

    /// `query · keysᵀ`, whose dimensions are batch, heads, queries and keys.
    private mutating func matchScores(_ outlet: OutletID) -> Bool {
        guard let product = BatchedProduct(view, outlet.node), let rank = product.rank, rank == product.result.count
        else { return false }
        let names: [UInt8] = rank == 4 ? Array("bntk".utf8) : Array("btk".utf8)
        guard let left = product.axes(of: 0, named: names), let right = product.axes(of: 1, named: names) else {
            return false
        }
        let (t, k) = (UInt8(ascii: "t"), UInt8(ascii: "k"))
        let isSwapped = left.contains(k)
        let (queryAxes, keyAxes) = isSwapped ? (right, left) : (left, right)
        guard queryAxes.contains(t), !queryAxes.contains(k), keyAxes.contains(k), !keyAxes.contains(t) else {
            return false
        }
        nodes.append(outlet.node)
        let inputs = view.node(outlet.node).inputs
        query = untransposed(NamedTensor(outlet: inputs[isSwapped ? 1 : 0], axes: queryAxes))
        keys = untransposed(NamedTensor(outlet: inputs[isSwapped ? 0 : 1], axes: keyAxes.map { $0 == k ? t : $0 }))
        return true
    }

    /// The product of the weights with the values, and the transposition behind it.
    private mutating func matchValues(_ node: Int) -> Bool {
        guard let product = BatchedProduct(view, node), view.node(node).inputs[0] == result,
            product.operands[0].count == query.axes.count
        else { return false }
        let names: [UInt8] = query.axes.count == 4 ? Array("bntk".utf8) : Array("btk".utf8)
        // The new letter of the values is `d`, like that of the result.
        let letters = Dictionary(zip(product.operands[0], names), uniquingKeysWith: { first, _ in first })
        guard letters.count == names.count else { return false }
        let valueAxes = product.operands[1].map { letters[$0] ?? UInt8(ascii: "d") }
        let axes = product.result.map { letters[$0] ?? UInt8(ascii: "d") }
        let bare = names.filter { $0 != UInt8(ascii: "t") && $0 != UInt8(ascii: "k") }
        guard Set(valueAxes) == Set(bare + Array("kd".utf8)), valueAxes.count == names.count,
            Set(axes) == Set(bare + Array("td".utf8)), axes.count == names.count
        else { return false }
        nodes.append(node)
        result = OutletID(node: node)
        resultAxes = axes
        values = untransposed(
            NamedTensor(
                outlet: view.node(node).inputs[1],
                axes: valueAxes.map { $0 == UInt8(ascii: "k") ? UInt8(ascii: "t") : $0 }))
        if let next = view.onlyReader(of: node), let order = permutation(next, rank: axes.count),
            view.node(next).inputs[0] == result, axes[order[order.count - 1]] == UInt8(ascii: "d")
        {
            nodes.append(next)
            result = OutletID(node: next)
            resultAxes = order.map { axes[$0] }
        }
        return resultAxes.last == UInt8(ascii: "d")
    }

    /// What `tensor` is the transposition of, if it is one.
    private mutating func untransposed(_ tensor: NamedTensor) -> NamedTensor {
        guard tensor.outlet.slot == 0, let order = permutation(tensor.outlet.node, rank: tensor.axes.count) else {
            return tensor
        }
        var axes = tensor.axes
        for (index, place) in order.enumerated() { axes[place] = tensor.axes[index] }
        if !nodes.contains(tensor.outlet.node) { nodes.append(tensor.outlet.node) }
        return NamedTensor(outlet: view.node(tensor.outlet.node).inputs[0], axes: axes)
    }

    /// The order of the dimensions that the transposition `node` makes, if it is known and one of `rank` dimensions.
    private func permutation(_ node: Int, rank: Int) -> [Int]? {
        guard view.op(node) == "Transpose", let order = view.constant(node, input: 1)?.integers,
            order.sorted() == Array(0..<rank)
        else { return nil }
        return order
    }

    func fused(_ view: GraphView) -> Node {
        let last = view.node(result.node)
        return Node(
            name: last.name, op: "FusedAttention",
            inputs: [query.outlet, keys.outlet, values.outlet, mask].compactMap { $0 },
            attributes: Attributes([
                "query_axes": .string(query.axes), "key_axes": .string(keys.axes), "value_axes": .string(values.axes),
                "result_axes": .string(resultAxes), "scale": .float(scale), "mask": .bool(mask != nil),
            ]), function: last.function)
    }
}

/// A product of two tensors, with a letter for each dimension: `Einsum` as its equation says, `BatchMatMulV2` with the letters
/// that its equation would have.
private struct BatchedProduct {
    let operands: [[UInt8]]
    let result: [UInt8]
    /// 3 or 4, the only ranks that attention has.
    var rank: Int? { (3...4).contains(result.count) ? result.count : nil }

    init?(_ view: GraphView, _ index: Int) {
        let node = view.node(index)
        guard node.inputs.count == 2, view.fact(OutletID(node: index)).dataType == .float else { return nil }
        switch node.op {
        case "Einsum":
            guard let equation = try? node.attributes.string("equation") else { return nil }
            let bytes = Array(equation.utf8)
            guard bytes.allSatisfy({ $0 != UInt8(ascii: ".") }), let end = bytes.firstIndex(of: UInt8(ascii: "-")),
                let comma = bytes.firstIndex(of: UInt8(ascii: ","))
            else { return nil }
            guard comma < end, end + 2 <= bytes.count else { return nil }
            operands = [Array(bytes[..<comma]), Array(bytes[(comma + 1)..<end])]
            result = Array(bytes[(end + 2)...])
            for letters in operands + [result] where Set(letters).count != letters.count { return nil }
        case "BatchMatMulV2":
            guard let rank = view.fact(node.inputs[0]).shape.rank, view.fact(node.inputs[1]).shape.rank == rank,
                (3...4).contains(rank), (try? node.attributes.bool("adj_x", default: false)) == false,
                let isTransposed = try? node.attributes.bool("adj_y", default: false)
            else { return nil }
            let leading = Array("xy".utf8.prefix(rank - 2))
            operands = [leading + Array("ij".utf8), leading + Array((isTransposed ? "kj" : "jk").utf8)]
            result = leading + Array("ik".utf8)
        default: return nil
        }
    }

    /// The letters of operand `index` when those of the result are `names`, and what is summed up is `d`; nil if the operand has
    /// more than that letter of its own or lacks a batch.
    func axes(of index: Int, named names: [UInt8]) -> [UInt8]? {
        guard names.count == result.count else { return nil }
        let letters = Dictionary(zip(result, names), uniquingKeysWith: { first, _ in first })
        let axes = operands[index].map { letters[$0] ?? UInt8(ascii: "d") }
        guard axes.count == names.count, Set(axes).count == axes.count, axes.contains(UInt8(ascii: "d")),
            axes.contains(UInt8(ascii: "b")), names.contains(UInt8(ascii: "n")) == axes.contains(UInt8(ascii: "n"))
        else { return nil }
        return axes
    }
}
