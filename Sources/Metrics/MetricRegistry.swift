import Synchronization

/// All metrics of a server, and their text.
public final class MetricRegistry: Sendable {
    /// Writes one metric.
    private typealias Writer = @Sendable (inout PrometheusText) -> Void

    private let writers = Mutex<[String: Writer]>([:])

    public init() {}

    /// A new family of counters; it replaces what is registered under `path`.
    public func counters(_ path: String, labels: [String] = [], limit: Int = 5000) -> MetricFamily<Counter> {
        let family = MetricFamily(path, labels: labels, limit: limit) { Counter() }
        register(path) { text in
            text.addCounter(
                path, family.samples.map { (MetricRegistry.labels(family.labels, $0.values), $0.metric.value) })
        }
        return family
    }

    /// A new family of histograms with the same buckets; it replaces what is registered under `path`.
    /// - Parameter limits: of the buckets, ascending.
    public func histograms(
        _ path: String, labels: [String] = [], limits: [Double], limit: Int = 5000
    ) -> MetricFamily<Histogram> {
        let family = MetricFamily(path, labels: labels, limit: limit) { Histogram(limits: limits) }
        register(path) { text in
            text.addHistogram(
                path, limits: limits,
                family.samples.map { (MetricRegistry.labels(family.labels, $0.values), $0.metric.snapshot()) })
        }
        return family
    }

    /// A counter without labels that is kept elsewhere.
    /// - Parameter value: asked whenever the text is made, on any thread.
    public func addCounter(_ path: String, value: @escaping @Sendable () -> UInt64) {
        register(path) { $0.addCounter(path, [(labels: [], value: value())]) }
    }

    private func register(_ path: String, _ writer: @escaping Writer) {
        writers.withLock { $0[path] = writer }
    }

    private static func labels(_ names: [String], _ values: [String]) -> PrometheusText.Labels {
        zip(names, values).map { (name: $0, value: $1) }
    }

    /// Everything in Prometheus' text format, sorted by path.
    public var text: String {
        let all = writers.withLock { $0 }
        var text = PrometheusText()
        for (_, write) in all.sorted(by: { $0.key < $1.key }) { write(&text) }
        return text.text
    }
}
