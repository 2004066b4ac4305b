import CServingProtos
import JSON
import ServingCore
import ServingProtos

/// The answer to a Classify or Regress call in JSON.
enum InferenceAnswer {
    /// `results`, for each example a list of labels with their scores, from an encoded `ClassificationResponse`.
    static func classification(_ bytes: UnsafeRawBufferPointer, isStrict: Bool) throws(Status) -> JSONBuffer {
        let message = try Message<Tensorflow__Serving__ClassificationResponse>(
            unpacking: bytes, failure: .internalError)
        defer { withExtendedLifetime(message) {} }
        let result = message.pointer.pointee.result?.pointee
        let examples = result.map { Repeated.messages($0.classifications, $0.n_classifications) } ?? []
        guard !examples.isEmpty else {
            throw .invalidArgument("Cannot convert empty ClassificationResults to JSON")
        }
        var buffer = JSONBuffer()
        buffer.append("{\n    \"results\": [")
        for (index, example) in examples.enumerated() {
            if index > 0 { buffer.append(", ") }
            buffer.append("[")
            let classes = Repeated.messages(example.pointee.classes, example.pointee.n_classes)
            for (position, known) in classes.enumerated() {
                buffer.append(position > 0 ? ", [" : "[")
                buffer.append(string: String(proto: known.pointee.label))
                buffer.append(", ")
                append(known.pointee.score, isStrict, &buffer)
                buffer.append("]")
            }
            buffer.append("]")
        }
        buffer.append("\n    ]\n}")
        return buffer
    }

    /// `results`, a number for each example, from an encoded `RegressionResponse`.
    static func regression(_ bytes: UnsafeRawBufferPointer, isStrict: Bool) throws(Status) -> JSONBuffer {
        let message = try Message<Tensorflow__Serving__RegressionResponse>(
            unpacking: bytes, failure: .internalError)
        defer { withExtendedLifetime(message) {} }
        let result = message.pointer.pointee.result?.pointee
        let examples = result.map { Repeated.messages($0.regressions, $0.n_regressions) } ?? []
        guard !examples.isEmpty else { throw .invalidArgument("Cannot convert empty RegressionResults to JSON") }
        var buffer = JSONBuffer()
        buffer.append("{\n    \"results\": [")
        for (index, example) in examples.enumerated() {
            if index > 0 { buffer.append(", ") }
            append(example.pointee.value, isStrict, &buffer)
        }
        buffer.append("]\n}")
        return buffer
    }

    private static func append(_ value: Float, _ isStrict: Bool, _ buffer: inout JSONBuffer) {
        if isStrict, !value.isFinite { buffer.append("null") } else { buffer.append(real: value) }
    }
}
