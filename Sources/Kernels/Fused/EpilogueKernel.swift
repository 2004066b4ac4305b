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
        let operands = try epilogue.operands(context, for: shape)
        guard shape.elementCount > 0 else { return }
        let values = output.pointer(Float.self)
        let columns = shape[shape.rank - 1]
        let (biasValues, residualValues) = (operands.bias, operands.residual)
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
