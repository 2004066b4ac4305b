import CServingProtos
import Servables
import ServingCore
import ServingProtos

/// `tensorflow.serving.ModelService`: GetModelStatus and HandleReloadConfigRequest.
public struct ModelService: Sendable {
    private let manager: ServableManager
    let reloader: (any ModelListReloading)?

    public init(_ context: ServiceContext) {
        manager = context.manager
        reloader = context.reloader
    }

    /// Answers with the state of one version, or of all that this process has seen, highest first. A label is ignored.
    public func getModelStatus(_ call: ServiceCall) {
        var facts = ServingFacts(version: nil)
        do throws(Status) {
            let answer = try answer(call.message, &facts)
            call.complete(.success(WireAnswer(answer)), facts)
        } catch {
            call.complete(.failure(error), facts)
        }
    }

    private func answer(_ bytes: UnsafeRawBufferPointer, _ facts: inout ServingFacts) throws(Status) -> [UInt8] {
        let message = try Message<Tensorflow__Serving__GetModelStatusRequest>(unpacking: bytes, failure: .internalError)
        let versions = try message.read { (request) throws(Status) in
            guard let spec = request.pointee.model_spec else { throw .invalidArgument("Missing ModelSpec") }
            let wanted = ModelRequest(unchecked: spec)
            facts.model = wanted.name
            return try states(wanted)
        }
        var writer = WireWriter()
        for version in versions { writer.append(field: 1, message: ModelService.encode(version)) }
        return writer.bytes
    }

    private func states(_ request: ModelRequest) throws(Status) -> [ServableVersionState] {
        if case .specific(let version) = request.choice {
            guard let state = manager.state(of: ServableID(name: request.name, version: version)) else {
                throw .notFound("Could not find version \(version) of model \(request.name)")
            }
            return [state]
        }
        let all = manager.versions(of: request.name)
        guard !all.isEmpty else { throw .notFound("Could not find any versions of model \(request.name)") }
        return all
    }

    /// A `ModelVersionStatus`: version, state and `StatusProto`.
    private static func encode(_ version: ServableVersionState) -> [UInt8] {
        var status = WireWriter()
        status.append(field: 1, integer: Int64(version.status.code.rawValue))
        status.append(field: 2, string: version.status.message)
        var writer = WireWriter()
        writer.append(field: 1, integer: version.id.version)
        writer.append(field: 2, integer: Int64(version.state.rawValue))
        writer.append(field: 3, message: status.bytes)
        return writer.bytes
    }
}
