import JSON
import ServingCore
import Tensors

/// The answer to a Predict call in JSON: `predictions`, a list with an element for each row, or `outputs`, whole tensors.
struct PredictAnswer {
    private let outputs: [(alias: String, text: JSONTensorText)]

    /// - Parameters:
    ///   - outputs: in the order in which they are written.
    ///   - isStrict: whether numbers that JSON does not have are null.
    /// Throws INVALID_ARGUMENT if there are none, or if one is of a type that nobody writes.
    init(_ outputs: [(alias: String, value: Tensor)], isStrict: Bool) throws(Status) {
        guard !outputs.isEmpty else { throw .invalidArgument("Cannot convert empty tensor map to JSON") }
        self.outputs = try outputs.map { (output) throws(Status) in
            (
                output.alias,
                try JSONTensorText(output.value, asBase64: output.alias.hasSuffix("_bytes"), isStrict: isStrict)
            )
        }
    }

    /// Throws INVALID_ARGUMENT, with TensorFlow Serving's texts, if the outputs do not have the rows that `form` takes.
    func written(_ form: PredictBody.Form) throws(Status) -> JSONBuffer {
        var buffer = JSONBuffer()
        switch form {
        case .rows: writeRows(try rows(), &buffer)
        case .columns: writeColumns(&buffer)
        }
        return buffer
    }

    /// The number of rows of all outputs.
    private func rows() throws(Status) -> Int {
        var rows: Int?
        for (alias, text) in outputs {
            let shape = text.tensor.shape
            guard shape.rank > 0 else {
                throw .invalidArgument("Tensor name: \(alias) has no shape information ")
            }
            guard rows == nil || rows == shape[0] else {
                throw .invalidArgument(
                    "Tensor name: \(alias) has inconsistent batch size: \(shape[0]) expecting: \(rows ?? 0)")
            }
            rows = shape[0]
        }
        return rows ?? 0
    }

    private func writeRows(_ rows: Int, _ buffer: inout JSONBuffer) {
        buffer.append("{\n    \"predictions\": [")
        for row in 0..<rows {
            if outputs.count == 1 {
                if row > 0 { buffer.append(", ") }
                outputs[0].text.write(row: row, to: &buffer)
                continue
            }
            buffer.append(row > 0 ? ",\n        {" : "\n        {")
            for (index, output) in outputs.enumerated() {
                buffer.append(index > 0 ? ",\n            " : "\n            ")
                buffer.append(string: output.alias)
                buffer.append(": ")
                output.text.write(row: row, to: &buffer)
            }
            buffer.append("\n        }")
        }
        buffer.append(rows > 0 ? "\n    ]\n}" : "]\n}")
    }

    private func writeColumns(_ buffer: inout JSONBuffer) {
        buffer.append("{\n    \"outputs\": ")
        if outputs.count == 1 {
            outputs[0].text.write(to: &buffer)
        } else {
            for (index, output) in outputs.enumerated() {
                buffer.append(index > 0 ? ",\n        " : "{\n        ")
                buffer.append(string: output.alias)
                buffer.append(": ")
                output.text.write(to: &buffer)
            }
            buffer.append("\n    }")
        }
        buffer.append("\n}")
    }
}
