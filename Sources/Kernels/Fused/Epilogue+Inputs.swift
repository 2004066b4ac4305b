import Execution
import ServingCore
import Tensors

/// For kernels that add the epilogue's inputs themselves.
extension Epilogue {
    /// True if the inputs of this call have the form that the epilogue asks for: one bias for each of the `columns` of a row,
    /// and a residual of the result's shape.
    func fits(_ shape: TensorShape, columns: Int, _ context: borrowing KernelContext) -> Bool {
        if let biasInput, context.input(biasInput).elementCount != columns { return false }
        if let residualInput, context.input(residualInput).shape != shape { return false }
        return true
    }

    /// The output, in the memory of the residual if nothing else needs that.
    func allocateOutput(_ shape: TensorShape, _ context: borrowing KernelContext) throws(Status) -> Tensor {
        guard let residualInput else { return try context.allocateOutput(0, .float, shape) }
        return try context.allocateOutput(0, .float, shape, reusing: residualInput..<residualInput + 1)
    }

    func bias(_ context: borrowing KernelContext) -> UnsafePointer<Float>? {
        guard let biasInput else { return nil }
        return UnsafePointer(context.input(biasInput).pointer(Float.self))
    }

    /// The residual, which may be `output` itself.
    func residual(_ context: borrowing KernelContext) -> UnsafePointer<Float>? {
        guard let residualInput else { return nil }
        return UnsafePointer(context.input(residualInput).pointer(Float.self))
    }
}
