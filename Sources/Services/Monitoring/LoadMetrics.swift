import Metrics
import Models
import Servables
import ServingCore
import Synchronization

/// What is counted of loading versions, by TensorFlow's names, by directory, and by our own, by model.
///
/// The series of the directories that were used last are kept; those of older versions are forgotten.
public final class LoadMetrics: Sendable {
    private let attempts: MetricFamily<Counter>
    private let latency: MetricFamily<Counter>
    private let stages: MetricFamily<Histogram>
    private let warmUpLatency: MetricFamily<Histogram>
    private let warmUpRecords: MetricFamily<Counter>
    private let seconds: MetricFamily<Histogram>
    private let stageSeconds: MetricFamily<Histogram>
    /// The directories that have series, the one that was used last at the end.
    private let directories = Mutex<[String]>([])

    /// Directories whose series are kept.
    static let directoryLimit = 500
    /// 1 ms to about 70 minutes.
    private static let limits = Histogram(first: 1e-3, growth: 2, count: 23).limits

    /// - Parameter registry: where the metrics are shown.
    public init(_ registry: MetricRegistry) {
        let micros = ServingBuckets.latencyMicroseconds
        attempts = registry.counters(
            "/tensorflow/cc/saved_model/load_attempt_count", labels: ["model_path", "status"])
        latency = registry.counters("/tensorflow/cc/saved_model/load_latency", labels: ["model_path"])
        stages = registry.histograms(
            "/tensorflow/cc/saved_model/load_latency_by_stage", labels: ["model_path", "stage"], limits: micros)
        warmUpLatency = registry.histograms(
            "/tensorflow/serving/model_warmup_latency", labels: ["model_path", "status"], limits: micros)
        warmUpRecords = registry.counters(
            "/tensorflow/serving/model_warmup_records_read", labels: ["model_path", "status"])
        seconds = registry.histograms(
            "model_server_load_duration_seconds", labels: ["model", "result"],
            help: "Time of attempts to load a version, its warm-up included, by result: success or failure.",
            limits: LoadMetrics.limits)
        stageSeconds = registry.histograms(
            "model_server_load_stage_duration_seconds", labels: ["stage"],
            help: "Time of the steps of loading: restore_graph, init_graph, compile, warm_up.",
            limits: LoadMetrics.limits)
    }

    /// Counts an attempt to load; one that was given up because nobody wanted the version is none.
    public func loadEnded(_ report: LoadReport) {
        let result: String
        switch report.outcome {
        case .cancelled: return
        case .loaded: result = "success"
        case .failed: result = "failure"
        }
        touch(report.path)
        attempts.metric([report.path, result == "success" ? "success" : "fail"]).increment()
        if result == "success" { latency.metric([report.path]).increment(by: report.nanoseconds / 1000) }
        seconds.metric([report.id.name, result]).observe(Double(report.nanoseconds) * 1e-9)
    }

    /// Counts a step of a load.
    public func stageEnded(_ report: LoadStageReport) {
        stageSeconds.metric([report.stage.rawValue]).observe(Double(report.nanoseconds) * 1e-9)
        guard report.stage == .restoreGraph || report.stage == .initGraph else { return }
        touch(report.directory)
        stages.metric([report.directory, report.stage.rawValue]).observe(Double(report.nanoseconds / 1000))
    }

    /// Counts the run of a warm-up file.
    /// - Parameter records: how many of its records were run.
    func warmUpEnded(_ directory: String, _ code: StatusCode, records: Int, nanoseconds: UInt64) {
        touch(directory)
        warmUpLatency.metric([directory, code.name]).observe(Double(nanoseconds / 1000))
        warmUpRecords.metric([directory, code.name]).increment(by: UInt64(max(0, records)))
    }

    /// Forgets the series of models that are not configured any more.
    func removeModels(where isGone: (_ model: String) -> Bool) {
        seconds.removeAll { isGone($0[0]) }
    }

    /// Keeps the series of `directory`, and forgets those of directories that have not been used for longest.
    private func touch(_ directory: String) {
        let gone = directories.withLock { known -> Set<String> in
            if known.last == directory { return [] }
            known.removeAll { $0 == directory }
            known.append(directory)
            let surplus = max(0, known.count - LoadMetrics.directoryLimit)
            defer { known.removeFirst(surplus) }
            return Set(known.prefix(surplus))
        }
        guard !gone.isEmpty else { return }
        func remove<Metric>(_ family: MetricFamily<Metric>) { family.removeAll { gone.contains($0[0]) } }
        for family in [attempts, latency, warmUpRecords] { remove(family) }
        for family in [stages, warmUpLatency] { remove(family) }
    }
}
