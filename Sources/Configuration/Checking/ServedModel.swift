import Servables

/// What would be served of a model, going by what its base path holds now.
public struct ServedModel: Sendable, Hashable {
    public var model: ModelConfiguration
    /// Whether the file has a relative base path, which counts from the folder of the file.
    public var isRelative = false
    /// The versions that the base path holds, highest first; nil if it was not looked at or cannot be read.
    public var found: [Int64]?
    /// Those of them that would be served.
    public var served: [Int64] { model.policy.select(from: found ?? []) }

    /// The labels by name, and whether their versions would be served.
    public var labels: [(name: String, version: Int64, isServed: Bool)] {
        let served = Set(served)
        return model.labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value, served.contains($0.value)) }
    }
}

extension VersionPolicy {
    /// The policy in words.
    var summary: String {
        switch self {
        case .latest(let count): max(1, count) == 1 ? "the latest" : "the latest \(count)"
        case .all: "all"
        case .specific(let versions):
            "specific: \(versions.isEmpty ? "none" : versions.prefix(20).map(String.init).joined(separator: ", "))"
        }
    }
}
