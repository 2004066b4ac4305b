import Execution
import Graphs
import ServingCore
import Tensors

/// `ClipByValue`: elements below input 1 become it, elements above input 2 become that.
let clipOps: [OpDefinition] = [
    OpDefinition("ClipByValue", infer: Inference.sameAsInput) { (construction) throws(Status) in
        try construction.facts.requireOneType(0..<3)
        let type = try construction.input(0).dataType
        guard let larger = binaryLoop(ClipLow.self, type), let smaller = binaryLoop(ClipHigh.self, type) else {
            throw construction.unsupported(type)
        }
        return ClipKernel(larger: larger, smaller: smaller)
    }
]

/// The larger number; the first if it is NaN.
private enum ClipLow: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x < y ? y : x }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { max(x, y) }
}

/// The smaller number; the first if it is NaN.
private enum ClipHigh: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { y < x ? y : x }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { min(x, y) }
}

private final class ClipKernel: Kernel {
    private let larger: BinaryLoop
    private let smaller: BinaryLoop

    init(larger: @escaping BinaryLoop, smaller: @escaping BinaryLoop) {
        self.larger = larger
        self.smaller = smaller
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (shape, low, high) = (context.input(0).shape, context.input(1).shape, context.input(2).shape)
        guard low.elementCount == 1 || low == shape, high.elementCount == 1 || high == shape else {
            throw .invalidArgument(
                "clip_value_min and clip_value_max must be either of the same shape as input, or a scalar. input shape: \(shape)clip_value_min shape: \(low)clip_value_max shape: \(high)"
            )
        }
        let type = context.input(0).dataType
        let target = try context.allocateOutput(0, type, shape, reusing: 0..<1).buffer.base
        guard shape.elementCount > 0 else { return }
        let source = UnsafeRawPointer(context.input(0).buffer.base)
        let least = UnsafeRawPointer(context.input(1).buffer.base)
        let greatest = UnsafeRawPointer(context.input(2).buffer.base)
        let (larger, smaller) = (larger, smaller)
        let scalar = TensorShape()
        Broadcast(shape, shape, high.elementCount == 1 ? scalar : high).forEach(context, cost: 1) {
            smaller(source, greatest, target, $0)
        }
        let result = UnsafeRawPointer(target)
        Broadcast(shape, shape, low.elementCount == 1 ? scalar : low).forEach(context, cost: 1) {
            larger(result, least, target, $0)
        }
    }
}
