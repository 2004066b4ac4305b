import Synchronization

/// The series of one metric, told apart by the values of its labels.
///
/// There are never more than `limit` of them, whatever values come: those beyond share one series all of whose labels are
/// `(other)`.
public final class MetricFamily<Metric: AnyObject & Sendable>: Sendable {
    /// As in `/tensorflow/serving/request_count`.
    public let path: String
    public let labels: [String]
    public let limit: Int
    private let make: @Sendable () -> Metric
    private let series = Mutex<[[String]: Metric]>([:])

    /// The value of all labels of the series that stands for those beyond the limit.
    public static var otherValue: String { "(other)" }

    /// - Parameters:
    ///   - limit: at least 1, that of the series for all others not counted.
    ///   - make: makes the metric of a series that is not there yet.
    public init(_ path: String, labels: [String], limit: Int, make: @escaping @Sendable () -> Metric) {
        precondition(limit > 0, "a metric has at least one series")
        self.path = path
        self.labels = labels
        self.limit = limit
        self.make = make
    }

    /// The metric for these values of the labels, which are as many as the labels. It takes a lock, so keep the result where
    /// much is counted.
    public func metric(_ values: [String]) -> Metric {
        precondition(values.count == labels.count, "\(path) has \(labels.count) labels, got \(values.count) values")
        return series.withLock { series in
            if let known = series[values] { return known }
            let other = [String](repeating: MetricFamily.otherValue, count: labels.count)
            let isFull = series.count - (series[other] == nil ? 0 : 1) >= limit
            let key = isFull ? other : values
            if let known = series[key] { return known }
            let metric = make()
            series[key] = metric
            return metric
        }
    }

    /// Forgets the series of which `isGone` holds. Who kept one of their metrics may go on counting, for nobody.
    public func removeAll(where isGone: (_ values: [String]) -> Bool) {
        series.withLock { series in series = series.filter { !isGone($0.key) } }
    }

    /// All series with the values of their labels, sorted by these.
    public var samples: [(values: [String], metric: Metric)] {
        series.withLock { series in series.map { (values: $0.key, metric: $0.value) } }
            .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }
}
