import Metrics
import ServingCore

/// The metrics of calls.
struct CallFamilies: Sendable {
    let requestCount: MetricFamily<Counter>
    let requestLatency: MetricFamily<Histogram>
    let runtimeLatency: MetricFamily<Histogram>
    let exampleCounts: MetricFamily<Histogram>
    let exampleTotal: MetricFamily<Counter>
    let callCount: MetricFamily<Counter>
    let callSeconds: MetricFamily<Histogram>
    let queueSeconds: MetricFamily<Histogram>
    let computeSeconds: MetricFamily<Histogram>
    let batchRows: MetricFamily<Histogram>

    /// The labels of our own metrics.
    private static let own = ["model", "version", "signature", "method", "transport"]
    /// More series of histograms than these share one.
    private static let histogramLimit = 2000

    init(_ registry: MetricRegistry) {
        let micros = ServingBuckets.latencyMicroseconds
        requestCount = registry.counters(
            "/tensorflow/serving/request_count", labels: ["model_name", "status"], limit: 20_000)
        requestLatency = registry.histograms(
            "/tensorflow/serving/request_latency", labels: ["model_name", "API", "entrypoint"], limits: micros)
        runtimeLatency = registry.histograms(
            "/tensorflow/serving/runtime_latency", labels: ["model_name", "API", "runtime"], limits: micros)
        exampleCounts = registry.histograms(
            "/tensorflow/serving/request_example_counts", labels: ["model"],
            limits: ServingBuckets.powers(count: 15))
        exampleTotal = registry.counters("/tensorflow/serving/request_example_count_total", labels: ["model"])
        // Declared by TensorFlow Serving, which never has samples of the first, and of the second only with a metadata store.
        registry.add(.counter, "/tensorflow/serving/request_log_count", labels: ["model_name", "status_code"]) { [] }
        registry.add(.gauge, "/tensorflow/serving/mlmd_map", labels: ["model_name", "version"]) { [] }
        func histograms(_ name: String, _ help: String, _ limits: [Double]) -> MetricFamily<Histogram> {
            registry.histograms(
                "model_server_\(name)", labels: CallFamilies.own, help: help, limits: limits,
                limit: CallFamilies.histogramLimit)
        }
        callCount = registry.counters(
            "model_server_requests_total", labels: CallFamilies.own + ["code"],
            help: "Requests that were answered, by the name of the status code.", limit: 20_000)
        callSeconds = histograms(
            "request_duration_seconds", "Time from the arrival of a request to its answer.", ServingBuckets.seconds)
        queueSeconds = histograms(
            "queue_duration_seconds", "Time that a request waited until its computation began.", ServingBuckets.seconds)
        computeSeconds = histograms(
            "compute_duration_seconds", "Time of the computation that a request was part of, whole batches included.",
            ServingBuckets.seconds)
        batchRows = histograms(
            "batch_rows", "Rows of the batch that a request was part of; requests that ran alone are not counted.",
            ServingBuckets.powers(count: 14))
    }

    /// The series of one kind of calls.
    /// - Parameter version: nil for calls that never got as far as to a version.
    func series(
        _ method: ServingMethod, _ entryPoint: EntryPoint, _ model: String, _ version: Int64?, _ signatureName: String
    ) -> CallSeries {
        CallSeries(
            families: self, method: method, entryPoint: entryPoint, model: model,
            own: [model, version.map(String.init) ?? "", signatureName, method.name, entryPoint.transport])
    }

    /// Forgets all series of which `isGone` holds.
    /// - Parameter isGone: asked with the model, and with the version if the metric has this label.
    func removeAll(where isGone: (_ model: String, _ version: String?) -> Bool) {
        let other = MetricFamily<Counter>.otherValue
        func remove<Metric>(_ family: MetricFamily<Metric>, hasVersion: Bool) {
            family.removeAll { values in values[0] != other && isGone(values[0], hasVersion ? values[1] : nil) }
        }
        for family in [requestCount, exampleTotal] { remove(family, hasVersion: false) }
        for family in [requestLatency, runtimeLatency, exampleCounts] { remove(family, hasVersion: false) }
        remove(callCount, hasVersion: true)
        for family in [callSeconds, queueSeconds, computeSeconds, batchRows] { remove(family, hasVersion: true) }
    }
}

/// Limits of buckets.
enum ServingBuckets {
    /// TensorFlow Serving's for latencies: 10·1.8ⁿ µs, up to about 20 minutes.
    static let latencyMicroseconds = Histogram(first: 10, growth: 1.8, count: 33).limits
    /// 10 µs to 42 s in powers of two.
    static let seconds = Histogram(first: 1e-5, growth: 2, count: 23).limits

    /// 1, 2, 4, … .
    static func powers(count: Int) -> [Double] { Histogram(first: 1, growth: 2, count: count).limits }
}
