@testable import Batching
import Metrics
import ServingCore
import Testing
import Threading

@testable import Services

@Suite struct BatchMetricsTests {
    private let registry = MetricRegistry()
    private let pool = ThreadPool(name: "batch", threadCount: 1)

    private func queue(_ model: String, version: Int64 = 1) -> BatchQueue {
        let scheduler = BatchScheduler(threads: pool, limit: 1)
        let identity = BatchQueue.Identity(model: model, version: version, signature: "s", outputs: ["y"])
        return scheduler.makeQueue(identity, BatchingParameters()) { (inputs, _, _) throws(Status) in inputs }
    }

    private func lines(_ prefix: String) -> [String] {
        registry.text.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix(prefix) && !$0.contains("_bucket{")
        }
    }

    @Test func batchesAreCountedAsTheReferenceDoes() {
        defer { pool.stop() }
        let metrics = BatchMetrics(registry)
        let queue = queue("m")
        for rows in [1, 2] { metrics.requestArrived(queue, rows: rows) }
        metrics.batchBegan(queue, rows: 3, queueNanoseconds: [5_000_999, 1_000])
        metrics.batchEnded(
            queue, BatchReport(rows: 3, paddedRows: 4, computeNanoseconds: 9, runs: 1, hasFailed: false))
        metrics.batchEnded(
            queue, BatchReport(rows: 3, paddedRows: 0, computeNanoseconds: 9, runs: 4, hasFailed: true))
        let place = ":tensorflow:serving:batching_session"
        #expect(
            lines(place) == [
                "\(place):input_batch_size_sum{} 3", "\(place):input_batch_size_count{} 2",
                "\(place):padding_size_sum{execution_batch_size=\"4\"} 1",
                "\(place):padding_size_count{execution_batch_size=\"4\"} 1",
                "\(place):processed_batch_size_sum{} 4", "\(place):processed_batch_size_count{} 1",
                "\(place):queuing_latency_sum{thread_pool_name=\"\"} 5001",
                "\(place):queuing_latency_count{thread_pool_name=\"\"} 2",
                "\(place):wrapped_run_count{} 5",
            ])
    }

    @Test func whatIsTurnedAwayIsCountedUntilItsModelIsGone() {
        defer { pool.stop() }
        let batches = BatchMetrics(registry)
        let calls = ServingMetrics(registry, batches: batches)
        calls.setModels(["m", "n"])
        for model in ["m", "n"] {
            let queue = queue(model)
            for reason in TurningAway.allCases { batches.requestTurnedAway(queue, reason) }
        }
        #expect(lines("model_server_requests_turned_away_total{").count == 2 * TurningAway.allCases.count)
        #expect(
            lines("model_server_requests_turned_away_total{").contains(
                "model_server_requests_turned_away_total{model=\"m\",version=\"1\",signature=\"s\",reason=\"queue_full\"} 1"
            ))
        calls.setModels(["n"])
        #expect(lines("model_server_requests_turned_away_total{").count == TurningAway.allCases.count)
    }
}
