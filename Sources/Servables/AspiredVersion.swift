/// A version that is wanted, and the directory that it is made from.
public struct AspiredVersion: Sendable, Hashable {
    public let version: Int64
    public let path: String
    /// A number that changes whenever the content of the directory changes; nil if it is not known.
    public let fingerprint: UInt64?

    public init(version: Int64, path: String, fingerprint: UInt64? = nil) {
        self.version = version
        self.path = path
        self.fingerprint = fingerprint
    }
}
