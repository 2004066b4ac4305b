import ServingCore
import ServingProtos
import Tensors

/// What a model gave for the examples of a request, checked; it is written straight into the answer.
enum InferenceResult {
    case classification(ClassificationEncoding)
    case regression(RegressionEncoding)

    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts if `outputs`, the values of `aliases`, are no result of `method`
    /// for `count` examples.
    init(_ method: InferenceMethod, _ outputs: [Tensor], _ aliases: [String], count: Int) throws(Status) {
        switch method {
        case .classify: self = .classification(try ClassificationEncoding(outputs, aliases, count: count))
        case .regress: self = .regression(try RegressionEncoding(outputs, count: count))
        }
    }

    /// The field of the result in the answer to a task of a MultiInference request.
    var taskField: Int {
        switch self {
        case .classification: 2
        case .regression: 3
        }
    }

    /// Bytes of the encoded `ClassificationResult` or `RegressionResult`.
    var byteCount: Int {
        switch self {
        case .classification(let result): result.byteCount
        case .regression(let result): result.byteCount
        }
    }

    /// Writes `byteCount` bytes.
    func write(to writer: inout WireWriter) {
        switch self {
        case .classification(let result): result.write(to: &writer)
        case .regression(let result): result.write(to: &writer)
        }
    }
}
