import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos
import Threading

/// `tensorflow.serving.PredictionService`: GetModelMetadata.
public struct MetadataService: Sendable {
    private static let signatureField = "signature_def"
    private static let typeURL = "type.googleapis.com/tensorflow.serving.SignatureDefMap"

    private let context: ServiceContext

    public init(_ context: ServiceContext) { self.context = context }

    /// Answers with every signature of the model as it stands in its file.
    /// - Parameter readers: each thread's.
    public func getModelMetadata(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        var facts = ServingFacts(version: nil)
        do throws(Status) {
            let wanted = try read(call.message)
            facts.model = wanted.name
            let loaded = try wanted.resolve(readers.value, in: context.manager, call.cancellation) { [self] in
                context.compute.submit { getModelMetadata(call, readers) }
            }
            guard let loaded else { return }
            facts.version = loaded.handle.id.version
            call.complete(.success(WireAnswer(encode(wanted.name, loaded))), facts)
        } catch {
            call.complete(.failure(error), facts)
        }
    }

    private func read(_ bytes: UnsafeRawBufferPointer) throws(Status) -> ModelRequest {
        let message = try Message<Tensorflow__Serving__GetModelMetadataRequest>(
            unpacking: bytes, failure: .internalError)
        return try message.read { (request) throws(Status) in
            guard let spec = request.pointee.model_spec else { throw .invalidArgument("Missing ModelSpec") }
            try checkFields(Repeated.strings(request.pointee.metadata_field, request.pointee.n_metadata_field))
            return try ModelRequest(spec)
        }
    }

    private func checkFields(_ fields: [String]) throws(Status) {
        guard !fields.isEmpty else {
            throw .invalidArgument("GetModelMetadataRequest must specify at least one metadata_field")
        }
        for field in fields where field != MetadataService.signatureField {
            throw .invalidArgument("Metadata field \(field) is not supported")
        }
    }

    private func encode(_ name: String, _ loaded: LoadedModel) -> [UInt8] {
        var signatures = WireWriter()
        for (key, definition) in loaded.model.signatureDefinitions.sorted(by: { $0.key < $1.key }) {
            signatures.append(field: 1, message: MetadataService.entry(key, definition))
        }
        var any = WireWriter()
        any.append(field: 1, string: MetadataService.typeURL)
        any.append(field: 2, message: signatures.bytes)
        var writer = WireWriter()
        writer.append(field: 1, message: ModelSpecEncoding.encode(name: name, version: loaded.handle.id.version))
        writer.append(field: 2, message: MetadataService.entry(MetadataService.signatureField, any.bytes))
        return writer.bytes
    }

    /// An entry of a map from a name to a message.
    private static func entry(_ key: String, _ value: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, string: key)
        writer.append(field: 2, message: value)
        return writer.bytes
    }
}
