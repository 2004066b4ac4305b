import Metrics
import Models
import Servables
import ServingCore
import Testing

@testable import Services

@Suite struct LoadMetricsTests {
    private let registry = MetricRegistry()

    private func lines(_ prefix: String) -> [String] {
        registry.text.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix(prefix) && !$0.contains("_bucket{")
        }
    }

    private func report(_ outcome: LoadReport.Outcome, model: String = "m", path: String = "/m/1") -> LoadReport {
        LoadReport(
            id: ServableID(name: model, version: 1), path: path, outcome: outcome, nanoseconds: 1_500_000_000)
    }

    @Test func attemptsAreCountedByDirectoryAndByModel() {
        let metrics = LoadMetrics(registry)
        metrics.loadEnded(report(.loaded))
        metrics.loadEnded(report(.failed(.unavailable("no"))))
        metrics.loadEnded(report(.cancelled))
        #expect(
            lines(":tensorflow:cc:saved_model:load_") == [
                ":tensorflow:cc:saved_model:load_attempt_count{model_path=\"/m/1\",status=\"fail\"} 1",
                ":tensorflow:cc:saved_model:load_attempt_count{model_path=\"/m/1\",status=\"success\"} 1",
                ":tensorflow:cc:saved_model:load_latency{model_path=\"/m/1\"} 1500000",
            ])
        #expect(
            lines("model_server_load_duration_seconds_sum") == [
                "model_server_load_duration_seconds_sum{model=\"m\",result=\"failure\"} 1.5",
                "model_server_load_duration_seconds_sum{model=\"m\",result=\"success\"} 1.5",
            ])
    }

    @Test func warmUpsAreCountedByTheirOutcome() {
        let metrics = LoadMetrics(registry)
        metrics.warmUpEnded("/m/1", .ok, records: 3, nanoseconds: 2_000_000)
        metrics.warmUpEnded("/m/1", .invalidArgument, records: 0, nanoseconds: 1000)
        #expect(
            lines(":tensorflow:serving:model_warmup_records_read{").last
                == ":tensorflow:serving:model_warmup_records_read{model_path=\"/m/1\",status=\"OK\"} 3")
        #expect(lines(":tensorflow:serving:model_warmup_latency_sum{").count == 2)
    }

    @Test func directoriesThatWereUsedLastAreKept() {
        let metrics = LoadMetrics(registry)
        for version in 0..<LoadMetrics.directoryLimit + 10 {
            metrics.loadEnded(report(.loaded, path: "/m/\(version)"))
            metrics.loadEnded(report(.failed(.unavailable("")), path: "/m/0"))
        }
        let paths = lines(":tensorflow:cc:saved_model:load_latency{").map { $0.split(separator: "\"")[1] }
        #expect(paths.count == LoadMetrics.directoryLimit)
        #expect(!paths.contains("/m/1") && paths.contains("/m/\(LoadMetrics.directoryLimit + 9)"))
        #expect(lines(":tensorflow:cc:saved_model:load_attempt_count{model_path=\"/m/0\",status=\"fail\"}").count == 1)
    }

    @Test func modelsThatAreGoneAreForgotten() {
        let metrics = ServingMetrics(registry, loads: nil)
        let loads = LoadMetrics(registry)
        loads.loadEnded(report(.loaded, model: "a"))
        loads.loadEnded(report(.loaded, model: "b"))
        let all = ServingMetrics(registry, loads: loads)
        all.setModels(["b"])
        metrics.setModels([])
        #expect(lines("model_server_load_duration_seconds_count").count == 1)
    }

    @Test func runsAreCountedAsTensorFlowDoes() {
        let metrics = RunMetrics(registry)
        metrics.times.observe(1200.25)
        metrics.times.observe(10)
        #expect(lines(":tensorflow:core:direct_session_runs{") == [":tensorflow:core:direct_session_runs{} 2"])
        #expect(lines(":tensorflow:core:graph_run_time_usecs{") == [":tensorflow:core:graph_run_time_usecs{} 1210"])
    }
}
