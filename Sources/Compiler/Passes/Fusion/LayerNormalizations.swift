import Graphs
import Kernels
import ServingCore
import Tensors

extension Fusion {
    /// Puts one node in the place of those that bring the rows of a `Float` tensor to mean 0 and variance 1, or divide them by
    /// their root mean square, and then scale and shift them by constants.
    static let layerNormalizations = Fusion(name: .layerNormalizations) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let found = LayerNormalization(view, around: index), patch.isFree(found.nodes) else { continue }
            patch.replace(found.nodes, result: found.result, by: found.fused(view))
        }
    }
}

/// The nodes of a normalisation, found from the root of the variance on. With `m` the mean, `v` the variance and
/// `s = rsqrt(v + epsilon) * scale`, there are two spellings: `x * s + (offset - m * s)` and `(x - m) * s + offset`.
private struct LayerNormalization {
    private(set) var nodes: [Int]
    private(set) var result: OutletID
    private let view: GraphView
    private let epsilon: Float
    private var x: OutletID
    /// Nil if rows keep their mean.
    private var mean: OutletID?
    private var scale: OutletID?
    private var offset: OutletID?

    init?(_ view: GraphView, around root: Int) {
        guard ["Rsqrt", "Sqrt"].contains(view.op(root)), let sum = view.node(root).inputs.first,
            let terms = view.inputs(sum, of: ["AddV2", "Add"]), terms.count == 2,
            let constant = terms.first(where: { view.scalar($0) != nil }),
            let variance = view.other(sum.node, than: constant), let square = view.meanOperand(variance)
        else { return nil }
        self.view = view
        epsilon = view.scalar(constant)!
        result = OutletID(node: root)
        nodes = [square.node, variance.node, sum.node, root]
        x = result
        guard matchSquare(square), view.fact(x).dataType == .float, matchProducts() else { return nil }
        matchColumns()
    }

    private var isRoot: Bool { view.op(result.node) == "Sqrt" }

    /// Sets what is normalised and its mean from the square of their difference.
    private mutating func matchSquare(_ square: OutletID) -> Bool {
        if let operands = view.inputs(square, of: ["SquaredDifference"]) {
            x = operands[0]
            return matchMean(operands[1])
        }
        guard let base = view.input(square, of: ["Square"]) ?? product(square) else { return false }
        if let operands = view.inputs(base, of: ["Sub"]), view.meanOperand(operands[1]) == operands[0] {
            x = operands[0]
            nodes.append(base.node)
            return matchMean(operands[1])
        }
        x = base
        return true
    }

    /// The factor of a product with itself.
    private func product(_ outlet: OutletID) -> OutletID? {
        guard let factors = view.inputs(outlet, of: ["Mul"]), factors[0] == factors[1] else { return nil }
        return factors[0]
    }

    private mutating func matchMean(_ outlet: OutletID) -> Bool {
        guard view.meanOperand(outlet) == x else { return false }
        nodes.append(outlet.node)
        mean = outlet
        return true
    }

    /// Goes on from the root to the normalised rows.
    private mutating func matchProducts() -> Bool {
        if !isRoot, let next = view.onlyReader(of: result.node), view.op(next) == "Mul",
            let other = view.other(next, than: result), view.isColumnConstant(other, of: x)
        {
            scale = other
            advance(to: next)
        }
        let readers = view.readers(of: result)
        switch readers.count {
        case 1: return matchDifference(readers[0])
        case 2 where mean != nil && !isRoot:
            return matchShift(readers[0], readers[1]) || matchShift(readers[1], readers[0])
        default: return false
        }
    }

    /// `(x - m) * s`, `(x - m) / sqrt(v + epsilon)`, or without a mean.
    private mutating func matchDifference(_ reader: Int) -> Bool {
        let inputs = view.node(reader).inputs
        let isQuotient = isRoot && ["RealDiv", "Div"].contains(view.op(reader)) && inputs[1] == result
        guard isQuotient || !isRoot && view.op(reader) == "Mul", let rows = view.other(reader, than: result) else {
            return false
        }
        if let mean {
            guard view.inputs(rows, of: ["Sub"]) == [x, mean] else { return false }
            if !nodes.contains(rows.node) { nodes.append(rows.node) }
        } else {
            guard rows == x else { return false }
        }
        advance(to: reader)
        return true
    }

    /// `x * s`, computed by `rows`, and `m * s` or `-m * s`, computed by `shift`, with what adds them up.
    private mutating func matchShift(_ rows: Int, _ shift: Int) -> Bool {
        guard view.op(rows) == "Mul", view.op(shift) == "Mul", view.other(rows, than: result) == x,
            let mean, let factor = view.other(shift, than: result)
        else { return false }
        let isNegated = view.input(factor, of: ["Neg"]) == mean
        guard factor == mean || isNegated, let end = view.onlyReader(of: rows) else { return false }
        var found = [rows, shift] + (isNegated ? [factor.node] : [])
        var last = shift
        var constantOffset: OutletID?
        if let next = view.onlyReader(of: shift), next != end,
            let constant = view.other(next, than: OutletID(node: shift)), view.isColumnConstant(constant, of: x)
        {
            // `offset - m * s` or `offset + -m * s`.
            let isSum = ["AddV2", "Add"].contains(view.op(next))
            let isDifference = view.op(next) == "Sub" && view.node(next).inputs[0] == constant
            guard isNegated ? isSum : isDifference else { return false }
            constantOffset = constant
            found.append(next)
            last = next
        }
        let isAdded = isNegated || constantOffset != nil
        guard view.onlyReader(of: last) == end, view.node(end).inputs.count == 2,
            isAdded
                ? ["AddV2", "Add"].contains(view.op(end))
                : view.op(end) == "Sub" && view.node(end).inputs[0].node == rows
        else { return false }
        nodes += found
        offset = constantOffset
        advance(to: end)
        return true
    }

    /// Takes a scale and an offset behind the normalised rows.
    private mutating func matchColumns() {
        if scale == nil, offset == nil, let constant = follower(["Mul"]) { scale = constant }
        if offset == nil, let constant = follower(["AddV2", "Add"]) { offset = constant }
    }

    /// The constant that the only reader, one of `ops`, joins with the result so far, which becomes that of the reader.
    private mutating func follower(_ ops: Set<String>) -> OutletID? {
        guard let next = view.onlyReader(of: result.node), ops.contains(view.op(next)),
            let constant = view.other(next, than: result), view.isColumnConstant(constant, of: x)
        else { return nil }
        advance(to: next)
        return constant
    }

    private mutating func advance(to node: Int) {
        nodes.append(node)
        result = OutletID(node: node)
    }

    func fused(_ view: GraphView) -> Node {
        let last = view.node(result.node)
        return Node(
            name: last.name, op: "FusedLayerNormalization", inputs: [x, scale, offset].compactMap { $0 },
            attributes: Attributes([
                "epsilon": .float(epsilon), "is_centered": .bool(mean != nil), "scale": .bool(scale != nil),
                "offset": .bool(offset != nil),
            ]), function: last.function)
    }
}
