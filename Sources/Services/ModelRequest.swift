import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos

/// What a `tensorflow.serving.ModelSpec` asks for.
public struct ModelRequest: Sendable {
    public let name: String
    public let choice: VersionChoice
    /// Empty means the default.
    public let signatureName: String

    public init(name: String, choice: VersionChoice, signatureName: String = "") {
        self.name = name
        self.choice = choice
        self.signatureName = signatureName
    }

    /// Throws INVALID_ARGUMENT if there is no ModelSpec or no name in it.
    init(_ spec: UnsafePointer<Tensorflow__Serving__ModelSpec>?) throws(Status) {
        guard let spec else { throw .invalidArgument("Missing ModelSpec") }
        self.init(unchecked: spec)
        guard !name.isEmpty else { throw .invalidArgument("ModelSpec has no name specified.") }
    }

    /// What `spec` says, with whatever name; GetModelStatus finds no versions of a model without one.
    init(unchecked spec: UnsafePointer<Tensorflow__Serving__ModelSpec>) {
        name = String(proto: spec.pointee.name)
        signatureName = String(proto: spec.pointee.signature_name)
        choice = ModelRequest.choice(spec.pointee)
    }

    private static func choice(_ spec: Tensorflow__Serving__ModelSpec) -> VersionChoice {
        switch spec.version_choice_case {
        case TENSORFLOW__SERVING__MODEL_SPEC__VERSION_CHOICE_VERSION:
            return spec.version.map { .specific($0.pointee.value) } ?? .latest
        case TENSORFLOW__SERVING__MODEL_SPEC__VERSION_CHOICE_VERSION_LABEL:
            return .label(String(proto: spec.version_label))
        default: return .latest
        }
    }

    /// The model, kept loaded as long as the result lives.
    ///
    /// Throws NOT_FOUND if it is not available; but a model that is being loaded for the first time is waited for: then
    /// the result is nil, and `resume` is called once looking again gives the final answer, unless `cancellation` says that
    /// the caller has gone away by then.
    func resolve(
        _ reader: ServingMapReader, in manager: ServableManager, _ cancellation: CancellationFlag?,
        resume: @escaping @Sendable () -> Void
    ) throws(Status) -> LoadedModel? {
        do throws(Status) {
            return try resolve(reader)
        } catch {
            switch manager.waitForFirstLoad(of: name, choice, cancellation: cancellation, resume: resume) {
            case .parked: return nil
            case .served, .none: return try resolve(reader)
            case .refused(let status): throw status
            }
        }
    }

    private func resolve(_ reader: ServingMapReader) throws(Status) -> LoadedModel {
        let handle = try reader.handle(for: name, choice)
        guard let model = handle.servable as? Model else {
            throw .internalError("servable \(handle.id) is not a model")
        }
        return LoadedModel(handle: handle, model: model)
    }
}

/// A model and the handle that keeps it loaded.
struct LoadedModel: Sendable {
    let handle: ServableHandle
    /// Valid as long as `handle`.
    let model: Model
}
