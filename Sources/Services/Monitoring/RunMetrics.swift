import Metrics

/// What is counted of runs of programs, by TensorFlow's names: a request or a batch is a session's run, and a session's run is
/// the run of one graph.
public struct RunMetrics: Sendable {
    /// Takes what each run took, microseconds.
    public let times: Histogram

    /// - Parameter registry: where the metrics are shown.
    public init(_ registry: MetricRegistry) {
        let times = registry.histograms(
            "/tensorflow/core/graph_run_time_usecs_histogram",
            limits: Histogram(first: 1000, growth: 2, count: 20).limits
        ).metric([])
        self.times = times
        for name in ["direct_session_runs", "graph_runs"] {
            registry.addCounter("/tensorflow/core/\(name)") { times.snapshot().count }
        }
        registry.addCounter("/tensorflow/core/graph_run_time_usecs") {
            UInt64(exactly: times.snapshot().sum.rounded()) ?? .max
        }
    }
}
