import ServingCore

/// Which version of a model a request asks for.
public enum VersionChoice: Sendable, Hashable {
    /// The highest of the wanted versions that are available at this moment; while none is, the one that was wanted last.
    case latest
    case specific(Int64)
    case label(String)
}

/// An immutable table of all versions that are served.
final class ServingMap: Sendable {
    private struct Model {
        var versions: [Int64: ServedVersion] = [:]
        var latest: ServedVersion
    }

    private let models: [String: Model]
    private let labels: [String: [String: Int64]]

    static let empty = ServingMap([], labels: [:])

    /// - Parameter latest: the version that stands for each model; the highest one where it says nothing.
    init(_ served: [ServedVersion], latest: [String: Int64] = [:], labels: [String: [String: Int64]]) {
        var models: [String: Model] = [:]
        for version in served {
            var model = models[version.id.name] ?? Model(latest: version)
            model.versions[version.id.version] = version
            let isLatest = latest[version.id.name].map { version.id.version == $0 }
            if isLatest ?? (version.id.version > model.latest.id.version) { model.latest = version }
            models[version.id.name] = model
        }
        self.models = models
        self.labels = labels
    }

    /// NOT_FOUND if no such version is available, INVALID_ARGUMENT for a label that the model does not have.
    func find(_ name: String, _ choice: VersionChoice) throws(Status) -> ServedVersion {
        switch choice {
        case .latest:
            guard let model = models[name] else {
                throw .notFound("Servable not found for request: Latest(\(name))")
            }
            return model.latest
        case .specific(let version):
            guard let found = models[name]?.versions[version] else {
                throw .notFound("Servable not found for request: Specific(\(name), \(version))")
            }
            return found
        case .label(let label):
            guard let version = labels[name]?[label] else {
                throw .invalidArgument("Unrecognized servable version label: \(label)")
            }
            return try find(name, .specific(version))
        }
    }
}
