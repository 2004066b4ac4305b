import ServingCore
import Tensors

/// Weights of a node that are the same in every run, as the model has them, and what they are to be multiplied with.
struct ConstantWeights: Sendable {
    /// Of type `Float` and not empty.
    let tensor: Tensor
    let matrix: WeightMatrix
    /// Nil: they are taken as they are.
    let factors: WeightFactors?

    /// Throws INVALID_ARGUMENT if the factors are of another number than the channels.
    init(_ tensor: Tensor, _ matrix: WeightMatrix, factors: WeightFactors?) throws(Status) {
        if let factors {
            let inputs = factors.inputs.count
            let groups = matrix.groupCount(inputChannels: inputs)
            guard factors.outputs.count == matrix.channels, matrix.channels % groups == 0,
                inputs <= 1 || inputs == groups * matrix.depth
            else {
                throw .invalidArgument(
                    "\(inputs) and \(factors.outputs.count) factors do not fit weights of shape \(tensor.shape)")
            }
        }
        self.tensor = tensor
        self.matrix = matrix
        self.factors = factors
    }

    /// True if `other` is the same in every byte.
    func equals(_ other: ConstantWeights) -> Bool {
        tensor.shape == other.tensor.shape && matrix.isTransposed == other.matrix.isTransposed
            && factors == other.factors
            && tensor.buffer.holdsSameBytes(as: other.tensor.buffer, count: tensor.byteCount)
    }

    /// Calls `body` with the elements of the product of weights and factors, which are gone afterwards.
    ///
    /// Throws OUT_OF_RANGE if such a product is too large for `Float`, RESOURCE_EXHAUSTED if the memory is missing, UNAVAILABLE
    /// if the weights can't be read from their file any more.
    func withValues(_ body: (UnsafePointer<Float>) -> Void) throws(Status) {
        guard tensor.buffer.bringBack() else { throw .unavailable("weights can't be read from their file any more") }
        guard let factors else { return body(tensor.pointer(Float.self)) }
        guard let product = PackedMemory.allocateBriefly(byteCount: tensor.byteCount) else {
            throw .resourceExhausted("no memory for \(tensor.byteCount) bytes of weights")
        }
        let values = product.base.assumingMemoryBound(to: Float.self)
        guard factors.multiply(tensor.pointer(Float.self), of: matrix, to: values) else {
            throw .outOfRange("weights become too large when they are multiplied with their factors")
        }
        body(values)
    }
}
