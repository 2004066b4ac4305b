import HTTP
import Services
import ServingCore
import ServingProtos

extension RESTService {
    /// Answers a `PredictRequest` with a `PredictResponse`. The path says which model is meant, and its version or label if it names
    /// one; the signature is that of the request.
    func predictMessage(_ call: RESTCall) throws(Status) {
        let request = HTTPBody(try RESTService.addressed(call.body, call.modelSpec()))
        let message = call.serviceCall(request.bytes, owner: BodyOwner(request)) { result, facts in
            call.respond(facts) { () throws(Status) in
                HTTPResponse(contentType: ContentType.protobuf, body: try HTTPBody(try result.get()))
            }
        }
        prediction.predict(message, readers)
    }

    /// The request with `spec` behind its own ModelSpec: protobuf merges them, and what comes later counts.
    ///
    /// Throws INVALID_ARGUMENT if `body` is no message.
    private static func addressed(_ body: UnsafeRawBufferPointer, _ spec: [UInt8]) throws(Status) -> [UInt8] {
        var own = WireWriter()
        var rest = WireWriter(capacity: body.count)
        var fields = WireFields(body)
        do throws(WireFields.Fault) {
            while let field = try fields.next() {
                if field.number == 1, let content = field.content {
                    own.append(raw: content)
                } else {
                    rest.append(raw: UnsafeRawBufferPointer(rebasing: body[field.range]))
                }
            }
        } catch {
            throw .invalidArgument("malformed PredictRequest at byte \(error.position): \(error.what)")
        }
        spec.withUnsafeBytes { own.append(raw: $0) }
        var request = WireWriter(capacity: body.count + spec.count + 16)
        request.append(field: 1, message: own.bytes)
        rest.bytes.withUnsafeBytes { request.append(raw: $0) }
        return request.bytes
    }
}
