import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `Softmax` and `LogSoftmax` over the last dimension.
let softmaxOps: [OpDefinition] = [("Softmax", false), ("LogSoftmax", true)].map { name, isLogarithm in
    OpDefinition(name, infer: Inference.sameAsInput) { (construction) throws(Status) in
        switch try construction.input(0).dataType {
        case .float: VectorSoftmaxKernel(isLogarithm)
        case .double: specialized(SoftmaxKernel<Double>(isLogarithm))
        case .half: specialized(SoftmaxKernel<Half>(isLogarithm))
        case .bfloat16: specialized(SoftmaxKernel<BFloat16>(isLogarithm))
        case let other: throw construction.unsupported(other)
        }
    }
}

/// The kernel for `float` elements.
private final class VectorSoftmaxKernel: Kernel {
    private let isLogarithm: Bool

    init(_ isLogarithm: Bool) { self.isLogarithm = isLogarithm }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        guard shape.rank >= 1 else { throw .invalidArgument("logits must have >= 1 dimension, got \(shape)") }
        let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1)
        guard shape.elementCount > 0 else { return }
        let columns = shape[shape.rank - 1]
        let source = UnsafePointer(context.input(0).pointer(Float.self))
        let target = output.pointer(Float.self)
        let (softmax, isLogarithm) = (VectorKernels.current.softmax, isLogarithm)
        context.parallelFor(shape.elementCount / columns, cost: Double(columns) * 0.5) { rows in
            let start = rows.lowerBound * columns
            var call = SoftmaxCall(source + start, target + start, rows: rows.count, columns: columns)
            call.isLogarithm = isLogarithm
            softmax(call)
        }
    }
}

/// The kernel for other elements.
private final class SoftmaxKernel<Element: MatrixElement>: Kernel where Element.Wide: SoftmaxValue {
    private let isLogarithm: Bool

    init(_ isLogarithm: Bool) { self.isLogarithm = isLogarithm }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        guard shape.rank >= 1 else { throw .invalidArgument("logits must have >= 1 dimension, got \(shape)") }
        let output = try context.allocateOutput(0, Element.dataType, shape, reusing: 0..<1)
        guard shape.elementCount > 0 else { return }
        let columns = shape[shape.rank - 1]
        let input = try Element.widened(context.input(0), in: context)
        let result = Element.isNarrow ? input : output
        let source = UnsafePointer(input.pointer(Element.Wide.self))
        let target = result.pointer(Element.Wide.self)
        let isLogarithm = isLogarithm
        context.parallelFor(shape.elementCount / columns, cost: Double(columns) * 3) { rows in
            for row in rows {
                let (from, to) = (source + row &* columns, target + row &* columns)
                if isLogarithm {
                    Element.Wide.logSoftmax(from, to, columns)
                } else {
                    Element.Wide.softmax(from, to, columns)
                }
            }
        }
        guard Element.isNarrow else { return }
        Element.narrow(target, to: output.pointer(Element.self), count: shape.elementCount)
    }
}

/// The types that softmax is computed in.
protocol SoftmaxValue: MatrixScalar, ActivationValue {
    static func logarithm(_ x: Self) -> Self
    /// Writes `exp(x - offset)` for `count` elements and returns the sum.
    static func exponentials(
        _ source: UnsafePointer<Self>, minus offset: Self, _ target: UnsafeMutablePointer<Self>, _ count: Int
    ) -> Self
}

extension SoftmaxValue {
    private static func maximum(_ source: UnsafePointer<Self>, _ count: Int) -> Self {
        var result = source[0]
        for index in 1..<max(count, 1) where source[index] > result { result = source[index] }
        return result
    }

    fileprivate static func softmax(_ source: UnsafePointer<Self>, _ target: UnsafeMutablePointer<Self>, _ count: Int) {
        let sum = exponentials(source, minus: maximum(source, count), target, count)
        let factor = 1 / sum
        for index in 0..<count { target[index] *= factor }
    }

    fileprivate static func logSoftmax(
        _ source: UnsafePointer<Self>, _ target: UnsafeMutablePointer<Self>, _ count: Int
    ) {
        let top = maximum(source, count)
        var sum = Self(0)
        for index in 0..<count { sum += exponential(source[index] - top) }
        let offset = logarithm(sum)
        for index in 0..<count { target[index] = source[index] - top - offset }
    }
}
