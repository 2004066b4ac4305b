import Batching
import Metrics
import Synchronization
import Threading

/// What is counted of batches: TensorFlow Serving's own metrics, and the requests that were turned away.
///
/// A request that is run at once on the thread that received it is no batch.
public final class BatchMetrics: BatchObserver {
    private let queuingLatency: Histogram
    private let inputBatchSize: Histogram
    private let processedBatchSize: Histogram
    private let paddingSize: MetricFamily<Histogram>
    private let wrappedRunCount: Counter
    private let turnedAwayCount: MetricFamily<Counter>
    private let paddings = ThreadLocal { Paddings() }

    /// The series of one thread by the rows that are run.
    private final class Paddings {
        var bySize: [Int: Histogram] = [:]
    }

    /// More sizes of batches than these share a series.
    private static let sizeLimit = 1000

    /// - Parameter registry: where the metrics are shown.
    public init(_ registry: MetricRegistry) {
        let place = "/tensorflow/serving/batching_session"
        let sizes = ServingBuckets.powers(count: 14)
        queuingLatency = registry.histograms(
            "\(place)/queuing_latency", labels: ["thread_pool_name"],
            limits: Histogram(first: 100, growth: 1.2, count: 52).limits
        ).metric([""])
        inputBatchSize = registry.histograms("\(place)/input_batch_size", limits: sizes).metric([])
        processedBatchSize = registry.histograms("\(place)/processed_batch_size", limits: sizes).metric([])
        paddingSize = registry.histograms(
            "\(place)/padding_size", labels: ["execution_batch_size"], limits: sizes, limit: BatchMetrics.sizeLimit)
        wrappedRunCount = registry.counters("\(place)/wrapped_run_count").metric([])
        turnedAwayCount = registry.counters(
            "model_server_requests_turned_away_total", labels: ["model", "version", "signature", "reason"],
            help: "Requests, or parts of them, that left a batch queue without having been computed.")
    }

    public func requestArrived(_ queue: BatchQueue, rows: Int) { inputBatchSize.observe(Double(rows)) }

    public func batchBegan(_ queue: BatchQueue, rows: Int, queueNanoseconds: [UInt64]) {
        for nanoseconds in queueNanoseconds { queuingLatency.observe(Double(nanoseconds / 1000)) }
    }

    public func batchEnded(_ queue: BatchQueue, _ report: BatchReport) {
        wrappedRunCount.increment(by: UInt64(max(0, report.runs)))
        guard !report.hasFailed, report.paddedRows > 0 else { return }
        processedBatchSize.observe(Double(report.paddedRows))
        padding(report.paddedRows).observe(Double(max(0, report.paddedRows - report.rows)))
    }

    public func requestTurnedAway(_ queue: BatchQueue, _ reason: TurningAway) {
        let identity = queue.identity
        turnedAwayCount.metric([identity.model, String(identity.version), identity.signature, reason.label])
            .increment()
    }

    private func padding(_ rows: Int) -> Histogram {
        let known = paddings.value
        if let histogram = known.bySize[rows] { return histogram }
        let histogram = paddingSize.metric([String(rows)])
        if known.bySize.count < BatchMetrics.sizeLimit { known.bySize[rows] = histogram }
        return histogram
    }

    /// Forgets the series of models and versions of which `isGone` holds.
    func removeAll(where isGone: (_ model: String, _ version: String) -> Bool) {
        turnedAwayCount.removeAll { isGone($0[0], $0[1]) }
    }
}

extension TurningAway {
    /// The name as metrics show it.
    fileprivate var label: String {
        switch self {
        case .tooLarge: "too_large"
        case .queueFull: "queue_full"
        case .unreachable: "unreachable"
        case .expired: "expired"
        case .cancelled: "cancelled"
        case .stopped: "stopped"
        }
    }
}
