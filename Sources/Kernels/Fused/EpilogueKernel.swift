import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// A product or convolution of `Float` elements by any kernel, and its epilogue in a second pass over the result: what fused
/// ops fall back on where they have no kernel of their own.
final class EpilogueKernel: Kernel {
    private let product: any Kernel
    private let epilogue: Epilogue

    /// - Parameter product: reads the inputs before those of `epilogue`.
    init(_ product: any Kernel, _ epilogue: Epilogue) {
        self.product = product
        self.epilogue = epilogue
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        try product.compute(context)
        let output = context.output(0)
        let shape = output.shape
        guard shape.elementCount > 0 else { return }
        let values = output.pointer(Float.self)
        let columns = shape[shape.rank - 1]
        let bias: Tensor? = if let input = epilogue.biasInput { context.input(input) } else { nil }
        if let bias, bias.elementCount != columns {
            throw .invalidArgument(
                "Must provide as many biases as the last dimension of the input tensor: \(bias.shape) vs. \(shape)")
        }
        let residual: Tensor? = if let input = epilogue.residualInput { context.input(input) } else { nil }
        if let residual, residual.shape != shape {
            throw .invalidArgument("Incompatible shapes: \(shape) vs. \(residual.shape)")
        }
        let biasValues = bias?.pointer(Float.self)
        let residualValues = residual?.pointer(Float.self)
        let activation = epilogue.activation
        context.parallelFor(shape.elementCount / columns, cost: Double(columns)) { rows in
            for row in rows {
                let start = row &* columns
                for column in 0..<columns {
                    var sum = values[start &+ column]
                    if let biasValues { sum += biasValues[column] }
                    if let residualValues { sum += residualValues[start &+ column] }
                    values[start &+ column] = sum
                }
            }
            VectorKernels.current.activate(activation, values + rows.lowerBound * columns, rows.count * columns)
        }
    }
}
