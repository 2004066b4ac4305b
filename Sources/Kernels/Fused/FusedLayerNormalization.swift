import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `FusedLayerNormalization`: `(x - mean) / sqrt(variance + epsilon) * scale + offset` over the last dimension of `Float`
/// elements. Inputs: `x`, then scale and offset, each a constant with one element for each column and only if the attribute of
/// that name is true. With `is_centered` false, rows are divided by their root mean square instead, and keep their mean.
let fusedNormalizationOps: [OpDefinition] = [
    OpDefinition("FusedLayerNormalization", infer: Inference.sameAsInput) { (construction) throws(Status) in
        try LayerNormalizationKernel(construction.attributes)
    }
]

private final class LayerNormalizationKernel: Kernel {
    private let epsilon: Float
    private let isCentered: Bool
    private let scaleInput: Int?
    private let offsetInput: Int?

    init(_ attributes: Attributes) throws(Status) {
        epsilon = try attributes.float("epsilon", default: 0)
        isCentered = try attributes.bool("is_centered", default: true)
        let hasScale = try attributes.bool("scale", default: false)
        scaleInput = hasScale ? 1 : nil
        offsetInput = try attributes.bool("offset", default: false) ? (hasScale ? 2 : 1) : nil
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let columns = shape.rank > 0 ? shape[shape.rank - 1] : 0
        for input in [scaleInput, offsetInput] {
            guard let input, context.input(input).elementCount != columns else { continue }
            throw .invalidArgument("Incompatible shapes: \(shape) vs. \(context.input(input).shape)")
        }
        guard shape.elementCount > 0 else { throw .invalidArgument("\(shape) has no rows to be normalized") }
        let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1)
        let input = UnsafePointer(context.input(0).pointer(Float.self))
        let target = output.pointer(Float.self)
        let scale = pointer(scaleInput, context)
        let offset = pointer(offsetInput, context)
        let (epsilon, isCentered) = (epsilon, isCentered)
        context.parallelFor(shape.elementCount / columns, cost: Double(columns) * 0.25) { rows in
            let start = rows.lowerBound * columns
            var call = LayerNormalizationCall(
                source: input + start, target: target + start, rowCount: rows.count, columnCount: columns,
                epsilon: epsilon)
            call.scale = scale
            call.offset = offset
            call.isCentered = isCentered
            LayerNormalizationKernels.current.run(call)
        }
    }

    private func pointer(_ input: Int?, _ context: borrowing KernelContext) -> UnsafePointer<Float>? {
        guard let input else { return nil }
        return UnsafePointer(context.input(input).pointer(Float.self))
    }
}
