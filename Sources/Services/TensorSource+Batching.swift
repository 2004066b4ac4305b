import Batching
import ServingProtos

/// A tensor in a request waits for its batch where it came in.
extension TensorSource: BatchInput {}
