import ServingCore
import ServingProtos
import Tensors

/// The binary form of a `ClassificationResult`, from the classes and scores that a model gave for `count` examples.
struct ClassificationEncoding {
    private let count: Int
    private var classes: Tensor?
    private var scores: Tensor?
    private let width: Int

    /// - Parameters:
    ///   - results: the values of `aliases`, in this order.
    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts if they are no classes or scores of `count` examples.
    init(_ results: [Tensor], _ aliases: [String], count: Int) throws(Status) {
        guard results.count == aliases.count else {
            throw .invalidArgument("Expected \(aliases.count) output tensor(s).  Got: \(results.count)")
        }
        self.count = count
        for (alias, tensor) in zip(aliases, results) {
            if alias == InferenceMethod.classes { classes = tensor } else { scores = tensor }
        }
        if let classes { try ClassificationEncoding.check(classes, "classes", .string, count) }
        if let scores { try ClassificationEncoding.check(scores, "scores", .float, count) }
        if let classes, let scores, classes.shape[1] != scores.shape[1] {
            throw .invalidArgument(
                "Tensors class and score should match in dim_size(1). Got \(classes.shape[1]) vs. \(scores.shape[1])")
        }
        width = (classes ?? scores)?.shape[1] ?? 0
    }

    private static func check(
        _ tensor: Tensor, _ name: String, _ type: DataType, _ count: Int
    ) throws(Status) {
        guard tensor.shape.rank == 2 else {
            throw .invalidArgument(
                "Expected Tensor shape: [batch_size num_classes] but got \(tensor.shape.description)")
        }
        guard tensor.dataType == type else {
            throw .invalidArgument(
                "Expected \(name) Tensor of \(type.protoName). Got: \(tensor.dataType.protoName)")
        }
        guard tensor.shape[0] == count else {
            throw .invalidArgument("Expected \(name) output batch size of \(count). Got: \(tensor.shape[0])")
        }
    }

    /// Bytes of the `ClassificationResult`: one `Classifications` for each example.
    var byteCount: Int {
        (0..<count).reduce(0) { $0 + WireWriter.size(field: 1, length: length(ofRow: $1)) }
    }

    /// Writes `byteCount` bytes. A label is empty without classes, a score zero without scores; neither is written then.
    func write(to writer: inout WireWriter) {
        for row in 0..<count {
            writer.appendHeader(field: 1, length: length(ofRow: row))
            for index in row * width..<(row + 1) * width {
                let label = label(index)
                let score = score(index)
                writer.appendHeader(field: 1, length: ClassificationEncoding.length(label, score))
                if !label.isEmpty { writer.append(field: 1, message: label) }
                writer.append(field: 2, float: score)
            }
        }
    }

    private func length(ofRow row: Int) -> Int {
        (row * width..<(row + 1) * width).reduce(0) {
            $0 + WireWriter.size(field: 1, length: ClassificationEncoding.length(label($1), score($1)))
        }
    }

    /// Bytes of one `Class`.
    private static func length(_ label: UnsafeRawBufferPointer, _ score: Float) -> Int {
        (label.isEmpty ? 0 : WireWriter.size(field: 1, length: label.count)) + (score.bitPattern == 0 ? 0 : 5)
    }

    private func label(_ index: Int) -> UnsafeRawBufferPointer {
        classes?.pointer(ElementReference.self)[index].bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private func score(_ index: Int) -> Float { scores?.pointer(Float.self)[index] ?? 0 }
}
