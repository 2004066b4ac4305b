import CServingProtos
import ServingCore
import Tensors

extension Tensor {
    /// The value of a `TensorProto`, by TensorFlow's rules; see `TensorSource`.
    ///
    /// `byteLimit` bounds the memory of the elements, because a few bytes can ask for any number of them; pass what the
    /// caller has room for. With an `owner`, which must keep everything alive that `proto` points to, bytes that lie as the
    /// tensor needs them are used in place; without one everything is copied.
    ///
    /// Throws INVALID_ARGUMENT for what cannot be decoded and RESOURCE_EXHAUSTED above the limit.
    public init(
        decoding proto: UnsafePointer<Tensorflow__TensorProto>, byteLimit: Int, owner: AnyObject? = nil
    ) throws(Status) {
        self = try TensorSource(checking: proto, byteLimit: byteLimit, owner: owner).tensor()
    }
}
