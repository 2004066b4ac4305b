/// A model whose base path is watched.
public struct MonitoredServable: Sendable, Hashable {
    public let name: String
    public let basePath: String
    public let policy: VersionPolicy

    public init(name: String, basePath: String, policy: VersionPolicy = .standard) {
        self.name = name
        self.basePath = basePath
        self.policy = policy
    }

    /// The path of the entry `name` of the base path.
    func path(of name: String) -> String { basePath.hasSuffix("/") ? basePath + name : "\(basePath)/\(name)" }
}
