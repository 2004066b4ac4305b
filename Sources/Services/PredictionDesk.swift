import ServingProtos
import Tensors

/// What one thread keeps from one Predict call to the next: what it has found out about requests, and memory that is used again.
/// Nothing of a request stays behind, and nothing of a model is kept loaded.
final class PredictionDesk {
    let recurring = RecurringPredictions()
    var inputs = SpareArray<TensorSource>()
    /// For what is fed, and then for what was computed.
    var values = SpareArray<Tensor>()
    var encodings = SpareArray<TensorEncoding>()
}
