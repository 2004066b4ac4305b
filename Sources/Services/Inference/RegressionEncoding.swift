import ServingCore
import ServingProtos
import Tensors

/// The binary form of a `RegressionResult`, from the numbers that a model gave for `count` examples.
struct RegressionEncoding {
    private let values: Tensor

    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts if `results` is not one number for each example.
    init(_ results: [Tensor], count: Int) throws(Status) {
        guard let tensor = results.first, results.count == 1 else {
            throw .invalidArgument("Could not find output tensor '\(InferenceMethod.values)'")
        }
        let shape = tensor.shape
        guard shape.rank == 1 || (shape.rank == 2 && shape[1] == 1) else {
            throw .invalidArgument(
                "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got \(shape.description)"
            )
        }
        guard shape[0] == count else {
            throw .invalidArgument("Input batch size did not match output batch size: \(count) vs. \(shape[0])")
        }
        guard tensor.dataType == .float else {
            throw .invalidArgument("Expected output Tensor of DT_FLOAT.  Got: \(tensor.dataType.protoName)")
        }
        values = tensor
    }

    /// Bytes of one `Regression` in the result; zero is left out of it.
    private static func length(_ value: Float) -> Int { value.bitPattern == 0 ? 0 : 5 }

    /// Bytes of the `RegressionResult`: one `Regression` for each example.
    var byteCount: Int {
        values.elements(Float.self).reduce(0) {
            $0 + WireWriter.size(field: 1, length: RegressionEncoding.length($1))
        }
    }

    /// Writes `byteCount` bytes.
    func write(to writer: inout WireWriter) {
        for value in values.elements(Float.self) {
            writer.appendHeader(field: 1, length: RegressionEncoding.length(value))
            writer.append(field: 1, float: value)
        }
    }
}
