import CServingProtos
import ServingCore
import ServingProtos

/// Where Prometheus finds the metrics, as a `tensorflow.serving.MonitoringConfig` says.
public struct MonitoringConfiguration: Sendable, Hashable {
    /// Where TensorFlow Serving has them if nothing else is said.
    public static let standardPath = "/monitoring/prometheus/metrics"

    /// Whether there are any; without a file there are, unlike in TensorFlow Serving.
    public var isEnabled = true
    /// The path on the REST port; begins with `/`.
    public var path = standardPath

    public init() {}

    /// Reads the file at `path`. As in TensorFlow Serving, a file that does not say `enable: true` turns the metrics off.
    ///
    /// Throws INVALID_ARGUMENT if the path in it is none.
    public init(contentsOf file: String) throws(Status) {
        let message = try ConfigurationFile.read(file, as: Tensorflow__Serving__MonitoringConfig.self)
        let (isEnabled, path) = message.read { config -> (Bool, String) in
            guard let prometheus = config.pointee.prometheus_config else { return (false, "") }
            return (prometheus.pointee.enable != 0, String(proto: prometheus.pointee.path))
        }
        self.isEnabled = isEnabled
        guard !path.isEmpty else { return }
        guard MonitoringConfiguration.isPath(path) else {
            throw .invalidArgument(
                "\(file): the path in prometheus_config \(MonitoringConfiguration.pathRule); was '\(path)'")
        }
        self.path = path
    }

    /// What `isPath` asks for.
    static let pathRule = "must begin with / and have neither spaces nor ? or #"

    /// Whether clients can ask for `path`.
    static func isPath(_ path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3f && $0 != 0x23 }
    }
}
