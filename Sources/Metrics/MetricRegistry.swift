import Synchronization

/// All metrics of a server, and their text.
public final class MetricRegistry: Sendable {
    /// Writes one metric.
    private typealias Writer = @Sendable (inout PrometheusText) -> Void
    /// A value with those of the labels.
    public typealias Sample = (values: [String], value: Double)

    private let writers = Mutex<[String: Writer]>([:])

    public init() {}

    /// A new family of counters; it replaces what is registered under `path`.
    /// - Parameter help: a sentence for who reads the metric; nil: none is written, as in TensorFlow Serving.
    public func counters(
        _ path: String, labels: [String] = [], help: String? = nil, limit: Int = 5000
    ) -> MetricFamily<Counter> {
        let family = MetricFamily(path, labels: labels, limit: limit) { Counter() }
        register(path) { text in
            text.addCounter(
                path, help: help,
                family.samples.map { (MetricRegistry.labels(family.labels, $0.values), $0.metric.value) })
        }
        return family
    }

    /// A new family of histograms with the same buckets; it replaces what is registered under `path`.
    /// - Parameter limits: of the buckets, ascending.
    public func histograms(
        _ path: String, labels: [String] = [], help: String? = nil, limits: [Double], limit: Int = 5000
    ) -> MetricFamily<Histogram> {
        let family = MetricFamily(path, labels: labels, limit: limit) { Histogram(limits: limits) }
        register(path) { text in
            text.addHistogram(
                path, help: help, limits: limits,
                family.samples.map { (MetricRegistry.labels(family.labels, $0.values), $0.metric.snapshot()) })
        }
        return family
    }

    /// A counter without labels that is kept elsewhere.
    /// - Parameter value: asked whenever the text is made, on any thread.
    public func addCounter(_ path: String, help: String? = nil, value: @escaping @Sendable () -> UInt64) {
        register(path) { $0.addCounter(path, help: help, [(labels: [], value: value())]) }
    }

    /// Counters or gauges that are kept elsewhere.
    /// - Parameter samples: asked whenever the text is made, on any thread.
    public func add(
        _ kind: PrometheusText.Kind, _ path: String, labels: [String] = [], help: String? = nil,
        samples: @escaping @Sendable () -> [Sample]
    ) {
        precondition(kind != .histogram, "a histogram is more than a number")
        register(path) { text in
            text.add(kind, path, help: help, samples().map { (MetricRegistry.labels(labels, $0.values), $0.value) })
        }
    }

    /// A gauge without labels that is kept elsewhere.
    /// - Parameter value: asked whenever the text is made, on any thread; nil: there is no sample.
    public func addGauge(_ path: String, help: String? = nil, value: @escaping @Sendable () -> Double?) {
        add(.gauge, path, help: help) { value().map { [(values: [], value: $0)] } ?? [] }
    }

    private func register(_ path: String, _ writer: @escaping Writer) {
        writers.withLock { $0[path] = writer }
    }

    private static func labels(_ names: [String], _ values: [String]) -> PrometheusText.Labels {
        zip(names, values).map { (name: $0, value: $1) }
    }

    /// Everything in Prometheus' text format, sorted by path. No lock is held while it is made.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The same in UTF-8.
    public var bytes: [UInt8] {
        let all = writers.withLock { $0 }
        var text = PrometheusText()
        for (_, write) in all.sorted(by: { $0.key < $1.key }) { write(&text) }
        return text.bytes
    }
}
