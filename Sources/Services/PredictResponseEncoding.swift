import ServingCore
import ServingProtos

/// The binary form of a `PredictResponse`: a map of named tensors (field 1) and the ModelSpec that was used (field 2).
enum PredictResponseEncoding {
    static func answer(
        _ outputs: some Sequence<(String, TensorEncoding)>, modelSpec: [UInt8]
    ) -> WireAnswer {
        let entries = outputs.map { alias, tensor in (alias, tensor, entrySize(alias, tensor)) }
        let size = entries.reduce(WireWriter.size(field: 2, length: modelSpec.count)) {
            $0 + WireWriter.size(field: 1, length: $1.2)
        }
        return WireAnswer(byteCount: size) { memory in
            var writer = WireWriter(into: memory)
            for (alias, tensor, entrySize) in entries {
                writer.appendHeader(field: 1, length: entrySize)
                writer.append(field: 1, string: alias)
                tensor.write(field: 2, to: &writer)
            }
            writer.append(field: 2, message: modelSpec)
        }
    }

    private static func entrySize(_ alias: String, _ tensor: TensorEncoding) -> Int {
        let key = alias.isEmpty ? 0 : WireWriter.size(field: 1, length: alias.utf8.count)
        return key + WireWriter.size(field: 2, length: tensor.byteCount)
    }
}

/// The binary form of a `ModelSpec` in an answer.
enum ModelSpecEncoding {
    /// The label of a request is never echoed; an empty signature name is left out.
    static func encode(name: String, version: Int64, signatureName: String = "") -> [UInt8] {
        var number = WireWriter()
        number.append(field: 1, integer: version)
        var writer = WireWriter()
        writer.append(field: 1, string: name)
        writer.append(field: 2, message: number.bytes)
        writer.append(field: 3, string: signatureName)
        return writer.bytes
    }
}
