import ServingCore
import ServingProtos

/// The binary form of a `PredictResponse`: a map of named tensors (field 1) and the ModelSpec that was used (field 2).
struct PredictResponseEncoding {
    private let aliases: [String]
    private let tensors: [TensorEncoding]
    private let modelSpec: [UInt8]
    let byteCount: Int

    /// - Parameters:
    ///   - aliases: of the outputs.
    ///   - tensors: as many.
    ///   - modelSpec: packed.
    init(_ aliases: [String], _ tensors: [TensorEncoding], modelSpec: [UInt8]) {
        var size = WireWriter.size(field: 2, length: modelSpec.count)
        for index in tensors.indices {
            size += WireWriter.size(
                field: 1, length: PredictResponseEncoding.entrySize(aliases[index], tensors[index]))
        }
        self.aliases = aliases
        self.tensors = tensors
        self.modelSpec = modelSpec
        byteCount = size
    }

    /// Writes the message to `memory`, which has room for `byteCount` bytes.
    func write(to memory: UnsafeMutableRawBufferPointer) {
        var writer = WireWriter(into: memory)
        for index in tensors.indices {
            writer.appendHeader(
                field: 1, length: PredictResponseEncoding.entrySize(aliases[index], tensors[index]))
            writer.append(field: 1, string: aliases[index])
            tensors[index].write(field: 2, to: &writer)
        }
        writer.append(field: 2, message: modelSpec)
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
