import CServingProtos
import HTTP
import JSON
import Models
import Services
import ServingCore
import ServingProtos

extension RESTService {
    /// The signature called `name`; empty means the default. Throws INVALID_ARGUMENT with TensorFlow Serving's text if there is
    /// none, UNIMPLEMENTED if it is there but can't be served.
    static func runner(named name: String, in model: Model) throws(Status) -> SignatureRunner {
        let name = name.isEmpty ? SignatureRunner.defaultName : name
        if let runner = model.runner(for: name) { return runner }
        if let reason = model.refusedSignatures[name] {
            throw .unimplemented("Serving signature key \"\(name)\" cannot be served: \(reason.message)")
        }
        throw .invalidArgument("Serving signature name: \"\(name)\" not found in signature def")
    }

    /// Answers a Classify call, by way of a `ClassificationRequest`.
    func classify(_ call: RESTCall) {
        submit(call) { [self] (request) throws(Status) in
            inference.classify(
                call.serviceCall(request) { (answer) throws(Status) in
                    try InferenceAnswer.classification(answer, isStrict: call.isStrict)
                }, readers)
        }
    }

    /// Answers a Regress call, by way of a `RegressionRequest`.
    func regress(_ call: RESTCall) {
        submit(call) { [self] (request) throws(Status) in
            inference.regress(
                call.serviceCall(request) { (answer) throws(Status) in
                    try InferenceAnswer.regression(answer, isStrict: call.isStrict)
                }, readers)
        }
    }

    /// Gives `send` the request with examples that the body of `call` stands for. It is read by a thread that computes.
    private func submit(_ call: RESTCall, _ send: @escaping @Sendable ([UInt8]) throws(Status) -> Void) {
        context.compute.submit {
            do throws(Status) {
                let body = try ExampleBody(call.body)
                var request = WireWriter()
                request.append(field: 1, message: call.modelSpec(signatureName: body.signatureName))
                request.append(field: 2, message: body.input)
                try send(request.bytes)
            } catch {
                let facts = ServingFacts(model: call.path.model, version: nil)
                call.monitor?.end(error.code, facts)
                call.respond(facts) { () throws(Status) in throw error }
            }
        }
    }

    /// Answers with the versions of a model, by way of a `GetModelStatusRequest`. A label does not matter.
    func status(_ call: RESTCall) {
        var request = WireWriter()
        request.append(field: 1, message: call.modelSpec())
        models.getModelStatus(
            call.serviceCall(request.bytes) { (answer) throws(Status) in
                let message = try Message<Tensorflow__Serving__GetModelStatusResponse>(
                    unpacking: answer, failure: .internalError)
                var json = ProtoJSON()
                json.append(message)
                json.append("\n")
                return json.finish()
            })
    }

    /// Answers with the signatures of a model, by way of a `GetModelMetadataRequest`.
    func metadata(_ call: RESTCall) {
        var request = WireWriter()
        request.append(field: 1, message: call.modelSpec())
        request.append(field: 2, string: "signature_def")
        metadata.getModelMetadata(
            call.serviceCall(request.bytes) { (answer) throws(Status) in try MetadataAnswer.json(answer) }, readers)
    }

    /// Answers with all models and the states of their versions.
    func list(_ exchange: HTTPExchange) {
        let overview = context.manager.overview
        var buffer = JSONBuffer()
        buffer.append("{\n \"models\": [")
        let names = Set(overview.configured).union(overview.versions.keys).sorted()
        for (index, name) in names.enumerated() {
            buffer.append(index > 0 ? ",\n  {\n   \"name\": " : "\n  {\n   \"name\": ")
            buffer.append(string: name)
            buffer.append(",\n   \"served\": ")
            buffer.append(overview.isServed(name))
            buffer.append(",\n   \"versions\": [")
            for (index, version) in (overview.versions[name] ?? []).enumerated() {
                buffer.append(index > 0 ? ", {\"version\": " : "{\"version\": ")
                buffer.append(string: String(version.id.version))
                buffer.append(", \"state\": ")
                buffer.append(string: version.state.name)
                buffer.append(", \"error_code\": ")
                buffer.append(string: version.status.code.name)
                buffer.append(", \"error_message\": ")
                buffer.append(string: version.status.message)
                buffer.append("}")
            }
            buffer.append("]\n  }")
        }
        buffer.append(names.isEmpty ? "]\n}\n" : "\n ]\n}\n")
        do throws(Status) {
            respond(exchange, HTTPResponse(contentType: ContentType.json, body: try HTTPBody(buffer)))
        } catch {
            respond(exchange, HTTPResponse(error))
        }
    }
}

/// The answer to a call for metadata in JSON.
enum MetadataAnswer {
    /// - Parameter bytes: an encoded `GetModelMetadataResponse`, whose only metadata are the signatures.
    static func json(_ bytes: UnsafeRawBufferPointer) throws(Status) -> JSONBuffer {
        let message = try Message<Tensorflow__Serving__GetModelMetadataResponse>(
            unpacking: bytes, limits: .modelFile, failure: .internalError)
        defer { withExtendedLifetime(message) {} }
        let response = message.pointer.pointee
        let entry = Repeated.messages(response.metadata, response.n_metadata).first
        guard let spec = response.model_spec?.pointee, let value = entry?.pointee.value?.pointee.value else {
            throw .internalError("an answer without signatures")
        }
        let signatures = try Message<Tensorflow__Serving__SignatureDefMap>(
            unpacking: value.bytes, limits: .modelFile, failure: .internalError)
        var json = ProtoJSON()
        json.append("{\n\"model_spec\": {\n \"name\": ")
        json.append(string: String(proto: spec.name))
        json.append(",\n \"signature_name\": \"\",\n \"version\": ")
        json.append(string: String(spec.version?.pointee.value ?? 0))
        json.append("\n},\n\"metadata\": {\"signature_def\": ")
        json.append(signatures)
        json.append("}\n}\n")
        return json.finish()
    }
}
