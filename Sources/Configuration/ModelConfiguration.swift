import Batching
import Records
import Servables

/// One model as the configuration file or the flags describe it; checked.
public struct ModelConfiguration: Sendable, Hashable {
    public var name: String
    /// Absolute.
    public var basePath: String
    /// `tensorflow`, the only one there is.
    public var platform: String
    public var policy: VersionPolicy
    /// Label to version.
    public var labels: [String: Int64]
    /// Nil: its requests are not logged.
    public var logging: LoggingConfiguration?
    /// How requests to this model are put together; nil: as those to all others.
    public var batching: BatchingParameters?

    public init(
        name: String, basePath: String, platform: String = "tensorflow", policy: VersionPolicy = .standard,
        labels: [String: Int64] = [:], logging: LoggingConfiguration? = nil, batching: BatchingParameters? = nil
    ) {
        self.name = name
        self.basePath = basePath
        self.platform = platform
        self.policy = policy
        self.labels = labels
        self.logging = logging
        self.batching = batching
    }

    /// What the source of versions has to know.
    public var monitored: MonitoredServable { MonitoredServable(name: name, basePath: basePath, policy: policy) }
}
