import ServingCore
import Tensors

/// An operand of `Einsum` as labelled dimensions with strides; dimensions of size 1 are left out.
struct EinsumOperand: Sendable {
    typealias Label = EinsumEquation.Label

    struct Axis: Sendable {
        var label: Label
        var size: Int
        var stride: Int
    }

    var axes: [Axis]

    /// The axes of a dense tensor; a label that stands several times becomes one axis along the diagonal.
    init(_ shape: TensorShape, labels: [Label]) {
        axes = []
        let strides = shape.strides
        for index in 0..<shape.rank {
            if let known = axes.firstIndex(where: { $0.label == labels[index] }) {
                axes[known].stride += strides[index]
            } else {
                axes.append(Axis(label: labels[index], size: shape[index], stride: strides[index]))
            }
        }
        axes.removeAll { $0.size == 1 }
    }

    /// A dense tensor with the given axes in order; their strides are computed.
    init(dense axes: [Axis]) {
        self.axes = axes
        var stride = 1
        for index in axes.indices.reversed() {
            self.axes[index].stride = stride
            stride *= axes[index].size
        }
    }

    func axis(_ label: Label) -> Axis? { axes.first { $0.label == label } }

    /// The axes named by `labels`, in that order.
    func axes(_ labels: [Label]) -> [Axis] { labels.compactMap(axis) }

    var elementCount: Int { axes.reduce(1) { $0 * $1.size } }

    /// The axes of `labels` as one axis with one stride, if they lie one after the other like digits of a number.
    func merged(_ labels: [Label]) -> (size: Int, stride: Int)? {
        let parts = axes(labels)
        guard var (size, stride) = parts.last.map({ ($0.size, $0.stride) }) else { return (1, 1) }
        for part in parts.dropLast().reversed() {
            guard part.stride == size * stride else { return nil }
            size *= part.size
        }
        (size, stride) = (size, stride)
        return (size, stride)
    }
}

/// Copies strided elements to dense memory, adding up along some axes.
struct EinsumGather<Scalar: MatrixScalar & Summable> {
    private let kept: [EinsumOperand.Axis]
    private let summed: [EinsumOperand.Axis]

    /// Keeps the axes `kept` in order and adds up along the axes `summed`.
    init(kept: [EinsumOperand.Axis], summed: [EinsumOperand.Axis]) {
        self.kept = kept
        self.summed = summed
    }

    /// Writes one element of `target` for every combination of the kept axes; steps in `target` are `steps`.
    func run(_ source: UnsafePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>, steps: [Int]) {
        copy(0, source, target, steps)
    }

    private func copy(
        _ level: Int, _ source: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>, _ steps: [Int]
    ) {
        guard level < kept.count else {
            target[0] = sum(0, source)
            return
        }
        let (axis, step) = (kept[level], steps[level])
        if level == kept.count - 1, summed.isEmpty {
            for index in 0..<axis.size { target[index &* step] = source[index &* axis.stride] }
            return
        }
        for index in 0..<axis.size {
            copy(level + 1, source + index &* axis.stride, target + index &* step, steps)
        }
    }

    private func sum(_ level: Int, _ source: UnsafePointer<Scalar>) -> Scalar {
        guard level < summed.count else { return source[0] }
        var total = Scalar.zero
        for index in 0..<summed[level].size {
            total = total.plus(sum(level + 1, source + index &* summed[level].stride))
        }
        return total
    }
}
