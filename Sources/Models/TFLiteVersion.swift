import Graphs
import SavedModels
import Servables
import ServingCore
import ServingProtos
import TFLite
import Tensors

/// The `model.tflite` of a version directory, which is served instead of the SavedModel if the server is told to.
struct TFLiteVersion {
    private let path: String
    private let directory: String
    /// Bytes of the file.
    let byteCount: Int

    /// Nil if there is no such file in `directory`.
    init?(in directory: String) {
        path = directory + "/model.tflite"
        self.directory = directory
        guard let facts = try? LocalFileSystem().facts(of: path), !facts.isDirectory else { return nil }
        byteCount = Int(facts.size)
    }

    /// Reads the file; its weights are used where they stand. Throws UNAVAILABLE for an empty file, which may still be
    /// being written, and what `TFLiteModel` throws.
    func read(_ environment: Model.Environment) throws(Status) -> SavedModel {
        guard byteCount > 0 else { throw .unavailable("\(path) is incomplete: it is empty") }
        let file = try MappedFile(path: path, residence: environment.weights, pace: environment.pace)
        do throws(Status) {
            let model = try TFLiteModel(file.bytes, owner: file)
            var savedModel = SavedModel(
                directory: directory, tags: environment.tags, graph: model.graph, library: model.library,
                signatures: model.signatures, signatureDefs: model.signatures.mapValues(\.definition),
                initOpName: model.initOpName)
            savedModel.isTranslated = true
            return savedModel
        } catch {
            throw error.prefixed("\(path): ")
        }
    }
}

extension Signature {
    /// A `tensorflow.SignatureDef` with the signature's method, inputs and outputs.
    fileprivate var definition: [UInt8] {
        var writer = WireWriter()
        Signature.append(inputs, field: 1, to: &writer)
        Signature.append(outputs, field: 2, to: &writer)
        writer.append(field: 3, string: methodName)
        return writer.bytes
    }

    /// A map from aliases to `tensorflow.TensorInfo`.
    private static func append(_ ports: [String: Port], field: Int, to writer: inout WireWriter) {
        for (alias, port) in ports.sorted(by: { $0.key < $1.key }) {
            var entry = WireWriter()
            entry.append(field: 1, string: alias)
            entry.append(field: 2, message: port.info)
            writer.append(field: field, message: entry.bytes)
        }
    }
}

extension Signature.Port {
    fileprivate var info: [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, string: tensorName)
        writer.append(field: 2, integer: Int64(dataType.rawValue))
        writer.append(field: 3, message: sizes)
        return writer.bytes
    }

    /// A `tensorflow.TensorShapeProto`.
    private var sizes: [UInt8] {
        var writer = WireWriter()
        guard let dimensions = shape.dimensions else {
            writer.append(field: 3, bool: true)
            return writer.bytes
        }
        for size in dimensions {
            var dimension = WireWriter()
            dimension.append(field: 1, integer: Int64(size))
            writer.append(field: 2, message: dimension.bytes)
        }
        return writer.bytes
    }
}
