/// The name of a model and the number of one of its versions.
public struct ServableID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let name: String
    public let version: Int64

    public init(name: String, version: Int64) {
        self.name = name
        self.version = version
    }

    /// `{name: N version: V}`, as log lines and error messages show it.
    public var description: String { "{name: \(name) version: \(version)}" }

    /// By name, then by version number.
    public static func < (a: ServableID, b: ServableID) -> Bool {
        a.name == b.name ? a.version < b.version : a.name < b.name
    }
}
