import ServingCore
import Tensors

/// One input of a request that may wait for its batch: type, shape and size are checked, the elements are still where they
/// came in, so that they are copied only once, into the batch.
public protocol BatchInput: Sendable {
    var dataType: DataType { get }
    var shape: TensorShape { get }

    /// The value by itself, in place where that is possible. Throws RESOURCE_EXHAUSTED without memory for it.
    func tensor() throws(Status) -> Tensor

    /// Writes the elements of `rows`, positions along the first dimension, to `target`, which has room for them.
    ///
    /// To be called only if the rank is at least 1. What the elements of a string tensor point to is attached to `buffer`, to
    /// which `target` belongs. Throws RESOURCE_EXHAUSTED without memory for that.
    func write(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, of buffer: TensorBuffer) throws(Status)
}

extension Tensor: BatchInput {
    public func tensor() throws(Status) -> Tensor { self }

    public func write(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, of buffer: TensorBuffer) {
        let rowBytes = shape[0] == 0 ? 0 : byteCount / shape[0]
        target.copyMemory(from: self.buffer.base + rows.lowerBound * rowBytes, byteCount: rows.count * rowBytes)
        if dataType.isReference { buffer.attachContents(of: self.buffer) }
    }
}
