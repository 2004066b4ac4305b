import Execution
import ServingCore
import Tensors

extension KernelConstruction {
    /// A constant in the layout that a kernel wants, as `Float` elements on a boundary of 64 bytes.
    /// - Parameters:
    ///   - source: the constant.
    ///   - layout: names the layout with all that it depends on, for example `columns 32`; equal names for the same constant
    ///     must mean equal contents.
    ///   - count: the elements of the result.
    ///   - pack: writes all of them.
    /// Throws RESOURCE_EXHAUSTED if the memory is missing.
    func packed(
        _ source: Tensor, layout: String, count: Int, _ pack: (UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> Tensor {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        guard !overflow, let shape = TensorShape(validating: [count]), let buffer = TensorBuffer(byteCount: bytes)
        else {
            throw .resourceExhausted("no memory for \(count) packed weights of node \(node.name)")
        }
        let tensor = Tensor(dataType: .float, shape: shape, buffer: buffer)
        pack(tensor.pointer(Float.self))
        return tensor
    }
}
