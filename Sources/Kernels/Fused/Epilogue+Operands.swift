import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// The bias and the residual of one call.
struct EpilogueOperands {
    /// One element for each column, nil if there is no bias.
    let bias: UnsafePointer<Float>?
    /// Elements as the result's, nil if there is no residual.
    let residual: UnsafePointer<Float>?
}

extension Epilogue {
    /// The inputs that belong to a result of shape `shape`, of rank 1 or more. Throws INVALID_ARGUMENT with the texts of the ops
    /// that add them if they do not fit.
    func operands(_ context: borrowing KernelContext, for shape: TensorShape) throws(Status) -> EpilogueOperands {
        let bias: Tensor? = if let input = biasInput { context.input(input) } else { nil }
        if let bias, bias.elementCount != shape[shape.rank - 1] {
            throw .invalidArgument(
                "Must provide as many biases as the last dimension of the input tensor: \(bias.shape) vs. \(shape)")
        }
        let residual: Tensor? = if let input = residualInput { context.input(input) } else { nil }
        if let residual, residual.shape != shape {
            throw .invalidArgument("Incompatible shapes: \(shape) vs. \(residual.shape)")
        }
        return EpilogueOperands(
            bias: bias.map { UnsafePointer($0.pointer(Float.self)) },
            residual: residual.map { UnsafePointer($0.pointer(Float.self)) })
    }

    /// The output, in the memory of the residual if nothing else needs that. To be called before `operands`.
    func allocateOutput(_ context: borrowing KernelContext, _ shape: TensorShape) throws(Status) -> Tensor {
        guard let residualInput else { return try context.allocateOutput(0, .float, shape) }
        return try context.allocateOutput(0, .float, shape, reusing: residualInput..<residualInput + 1)
    }
}
