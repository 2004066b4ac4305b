import Glibc
import Graphs

/// What ops with one output compute, written as their definitions say.
enum PlainOps {
    static func result(of node: Node, _ inputs: [PlainTensor]) -> PlainTensor {
        if let function = unary[node.op] {
            return PlainTensor(shape: inputs[0].shape, values: inputs[0].values.map(function))
        }
        if let function = binary[node.op] { return combine(inputs[0], inputs[1], function) }
        switch node.op {
        case "SelectV2": return select(inputs)
        case "MatMul": return product(inputs[0], inputs[1], node.flag("transpose_a"), node.flag("transpose_b"))
        case "Reshape": return PlainTensor(shape: inputs[1].integers, values: inputs[0].values)
        case "ExpandDims", "Squeeze": return PlainTensor(shape: resized(node, inputs), values: inputs[0].values)
        case "Transpose": return transpose(inputs[0], inputs[1].integers)
        case "ConcatV2": return concatenate(Array(inputs.dropLast()), axis: inputs.last!.integers[0])
        case "Pack": return concatenate(inputs.map { expand($0, node.int("axis")) }, axis: node.int("axis"))
        case "Slice": return slice(inputs[0], inputs[1].integers, inputs[2].integers)
        case "Tile": return tile(inputs[0], inputs[1].integers)
        case "Pad": return pad(inputs[0], inputs[1].integers)
        case "GatherV2": return gather(inputs[0], inputs[1].integers, axis: inputs[2].integers[0])
        case "ReverseV2": return reverse(inputs[0], inputs[1].integers)
        case "Sum", "Mean", "Max": return reduce(node, inputs[0], inputs[1].integers)
        case "Cumsum": return runningSum(inputs[0], inputs[1].integers[0])
        default: preconditionFailure("the reference interpreter does not know \(node.op)")
        }
    }

    private static let unary: [String: @Sendable (Double) -> Double] = [
        "Neg": { -$0 }, "Abs": { $0.magnitude }, "Relu": { max($0, 0) }, "Square": { $0 * $0 },
        "Relu6": { min(max($0, 0), 6) }, "Floor": { $0.rounded(.down) }, "ZerosLike": { _ in 0 },
        "Sigmoid": { 1 / (1 + exp(-$0)) }, "Tanh": { tanh($0) }, "Erf": { erf($0) },
        "Softsign": { $0 / ($0.magnitude + 1) },
        "Elu": { $0 < 0 ? expm1($0) : $0 }, "Softplus": { $0 > 30 ? $0 : log1p(exp($0)) },
        "Sign": { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
    ]

    private static let binary: [String: @Sendable (Double, Double) -> Double] = [
        "AddV2": { $0 + $1 }, "Add": { $0 + $1 }, "Sub": { $0 - $1 }, "Mul": { $0 * $1 },
        "Maximum": { max($0, $1) }, "Minimum": { min($0, $1) },
        "SquaredDifference": { ($0 - $1) * ($0 - $1) }, "Greater": { $0 > $1 ? 1 : 0 },
        "BiasAdd": { $0 + $1 },
    ]

    private static func combine(
        _ a: PlainTensor, _ b: PlainTensor, _ function: (Double, Double) -> Double
    ) -> PlainTensor {
        PlainTensor(shape: PlainTensor.broadcast(a.shape, b.shape)!) {
            function(a.broadcast(at: $0), b.broadcast(at: $0))
        }
    }

    private static func select(_ inputs: [PlainTensor]) -> PlainTensor {
        let values = PlainTensor.broadcast(inputs[1].shape, inputs[2].shape)!
        return PlainTensor(shape: PlainTensor.broadcast(inputs[0].shape, values)!) {
            inputs[inputs[0].broadcast(at: $0) != 0 ? 1 : 2].broadcast(at: $0)
        }
    }

    private static func product(_ a: PlainTensor, _ b: PlainTensor, _ flipA: Bool, _ flipB: Bool) -> PlainTensor {
        let depth = a.shape[flipA ? 0 : 1]
        return PlainTensor(shape: [a.shape[flipA ? 1 : 0], b.shape[flipB ? 0 : 1]]) { index in
            (0..<depth).reduce(0) { sum, k in
                sum + a[flipA ? [k, index[0]] : [index[0], k]] * b[flipB ? [index[1], k] : [k, index[1]]]
            }
        }
    }

    private static func resized(_ node: Node, _ inputs: [PlainTensor]) -> [Int] {
        guard node.op == "ExpandDims" else { return inputs[0].shape.filter { $0 != 1 } }
        return expand(inputs[0], inputs[1].integers[0]).shape
    }

    private static func expand(_ tensor: PlainTensor, _ axis: Int) -> PlainTensor {
        var shape = tensor.shape
        shape.insert(1, at: axis)
        return PlainTensor(shape: shape, values: tensor.values)
    }

    private static func transpose(_ tensor: PlainTensor, _ order: [Int]) -> PlainTensor {
        PlainTensor(shape: order.map { tensor.shape[$0] }) { index in
            var source = index
            for (axis, from) in order.enumerated() { source[from] = index[axis] }
            return tensor[source]
        }
    }

    private static func concatenate(_ parts: [PlainTensor], axis: Int) -> PlainTensor {
        var shape = parts[0].shape
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        return PlainTensor(shape: shape) { index in
            var source = index
            var part = 0
            while source[axis] >= parts[part].shape[axis] {
                source[axis] -= parts[part].shape[axis]
                part += 1
            }
            return parts[part][source]
        }
    }

    private static func slice(_ tensor: PlainTensor, _ begin: [Int], _ size: [Int]) -> PlainTensor {
        PlainTensor(shape: size) { index in tensor[zip(index, begin).map { $0 + $1 }] }
    }

    private static func tile(_ tensor: PlainTensor, _ multiples: [Int]) -> PlainTensor {
        PlainTensor(shape: zip(tensor.shape, multiples).map { $0 * $1 }) { index in
            tensor[zip(index, tensor.shape).map { $0 % $1 }]
        }
    }

    private static func pad(_ tensor: PlainTensor, _ paddings: [Int]) -> PlainTensor {
        let shape = tensor.shape.indices.map { tensor.shape[$0] + paddings[2 * $0] + paddings[2 * $0 + 1] }
        return PlainTensor(shape: shape) { index in
            let source = index.indices.map { index[$0] - paddings[2 * $0] }
            return zip(source, tensor.shape).allSatisfy { 0..<$1 ~= $0 } ? tensor[source] : 0
        }
    }

    private static func gather(_ tensor: PlainTensor, _ rows: [Int], axis: Int) -> PlainTensor {
        var shape = tensor.shape
        shape[axis] = rows.count
        return PlainTensor(shape: shape) { index in
            var source = index
            source[axis] = rows[index[axis]]
            return tensor[source]
        }
    }

    private static func reverse(_ tensor: PlainTensor, _ axes: [Int]) -> PlainTensor {
        PlainTensor(shape: tensor.shape) { index in
            var source = index
            for axis in axes { source[axis] = tensor.shape[axis] - 1 - index[axis] }
            return tensor[source]
        }
    }

    private static func reduce(_ node: Node, _ tensor: PlainTensor, _ axes: [Int]) -> PlainTensor {
        let kept = tensor.shape.indices.map { axes.contains($0) ? 1 : tensor.shape[$0] }
        let reduced = tensor.shape.indices.map { axes.contains($0) ? tensor.shape[$0] : 1 }
        let full = PlainTensor(shape: kept) { index in
            let all = PlainTensor.indices(of: reduced).map { inner in tensor[zip(index, inner).map { $0 + $1 }] }
            switch node.op {
            case "Max": return all.max() ?? -.infinity
            case "Mean": return all.reduce(0, +) / Double(all.count)
            default: return all.reduce(0, +)
            }
        }
        if node.flag("keep_dims") { return full }
        let shape = tensor.shape.indices.filter { !axes.contains($0) }.map { tensor.shape[$0] }
        return PlainTensor(shape: shape, values: full.values)
    }

    private static func runningSum(_ tensor: PlainTensor, _ axis: Int) -> PlainTensor {
        PlainTensor(shape: tensor.shape) { index in
            (0...index[axis]).reduce(0) { sum, position in
                var source = index
                source[axis] = position
                return sum + tensor[source]
            }
        }
    }
}

extension PlainTensor {
    /// The elements of a tensor that holds indices, sizes or axes.
    var integers: [Int] { values.map { Int($0) } }
}
