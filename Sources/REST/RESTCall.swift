import HTTP
import JSON
import Services
import ServingCore
import ServingProtos

/// A call to a model, from its request to its answer.
struct RESTCall: Sendable {
    /// `1`: numbers that JSON does not have are null in answers.
    static let strictField = "x-model-server-strict-json"

    let exchange: HTTPExchange
    let path: RESTPath
    /// Counts the call.
    let monitor: CallMonitor?
    let preferences: AnswerPreferences
    /// Whether numbers that JSON does not have are written as null.
    let isStrict: Bool
    private let tellsTimings: Bool
    private let service: RESTService

    /// Throws INVALID_ARGUMENT for fields of the header that make no sense.
    init(
        _ service: RESTService, _ exchange: HTTPExchange, _ path: RESTPath, _ method: ServingMethod
    ) throws(Status) {
        self.service = service
        self.exchange = exchange
        self.path = path
        let headers = exchange.request.headers
        preferences = try AnswerPreferences { headers[$0] }
        let strict = headers[RESTCall.strictField] ?? "0"
        guard strict == "0" || strict == "1" else {
            throw .invalidArgument("\(RESTCall.strictField) must be 0 or 1; was '\(strict.prefix(64))'")
        }
        isStrict = strict == "1"
        tellsTimings = preferences.reportsTimings ?? service.context.reportsTimings
        monitor = service.context.monitor(method, .rest, requestBytes: exchange.request.body.count) { headers[$0] }
    }

    var body: UnsafeRawBufferPointer { exchange.request.body }

    /// Sends the answer that `make` makes, or the error that it throws.
    func respond(_ facts: ServingFacts?, _ make: () throws(Status) -> HTTPResponse) {
        var response: HTTPResponse
        do throws(Status) {
            response = try make()
        } catch {
            response = HTTPResponse(error)
        }
        response.add(facts, tellsTimings: tellsTimings)
        service.respond(exchange, response)
    }

    /// Sends the JSON that `write` writes, or the error that it throws.
    func respondJSON(_ facts: ServingFacts?, _ write: () throws(Status) -> JSONBuffer) {
        respond(facts) { () throws(Status) in
            HTTPResponse(contentType: ContentType.json, body: try HTTPBody(try write()))
        }
    }

    /// The call as one with a message.
    /// - Parameters:
    ///   - message: valid as long as `owner`.
    ///   - complete: sends the answer.
    func serviceCall(
        _ message: UnsafeRawBufferPointer, owner: AnyObject & Sendable,
        complete: @escaping @Sendable (Result<WireAnswer, Status>, ServingFacts?) -> Void
    ) -> ServiceCall {
        ServiceCall(
            message: message, owner: owner, deadline: exchange.deadline, cancellation: exchange.cancellation,
            preferences: preferences, monitor: monitor, complete: complete)
    }

    /// The call as one with the message `bytes`, whose answer becomes JSON.
    func serviceCall(
        _ bytes: [UInt8], json write: @escaping @Sendable (UnsafeRawBufferPointer) throws(Status) -> JSONBuffer
    ) -> ServiceCall {
        let owner = HTTPBody(bytes)
        return serviceCall(owner.bytes, owner: BodyOwner(owner)) { result, facts in
            respondJSON(facts) { () throws(Status) in
                let body = try HTTPBody(try result.get())
                defer { withExtendedLifetime(body) {} }
                return try write(body.bytes)
            }
        }
    }

    /// An encoded `ModelSpec` of what the path asks for.
    /// - Parameter signatureName: empty if none is asked for.
    func modelSpec(signatureName: String = "") -> [UInt8] {
        var spec = WireWriter()
        spec.append(field: 1, string: path.model)
        switch path.choice {
        case .latest: break
        case .specific(let version):
            var number = WireWriter()
            number.append(field: 1, integer: version)
            spec.append(field: 2, message: number.bytes)
        case .label(let label): spec.append(field: 4, string: label)
        }
        spec.append(field: 3, string: signatureName)
        return spec.bytes
    }
}

/// Keeps a body.
final class BodyOwner: Sendable {
    private let body: HTTPBody

    init(_ body: HTTPBody) { self.body = body }
}
