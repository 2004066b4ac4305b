import Batching
import Metrics
import ServingCore
import Synchronization
import Testing
import Threading

@testable import Services

@Suite struct ServingMetricsTests {
    private let registry = MetricRegistry()

    private func outcome(
        _ method: ServingMethod = .predict, _ code: StatusCode = .ok, model: String = "m", version: Int64? = 1,
        signature: String = "serving_default", timings: RunTimings? = nil, microseconds: UInt64 = 100
    ) -> ServingMetrics.Outcome {
        ServingMetrics.Outcome(
            method: method, entryPoint: .grpc, code: code,
            facts: ServingFacts(model: model, version: version, signatureName: signature, timings: timings),
            nanoseconds: microseconds * 1000)
    }

    /// The lines of the text that are no comments and begin with `prefix`, without buckets.
    private func lines(_ prefix: String) -> [String] {
        registry.text.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix(prefix) && !$0.contains("_bucket{")
        }
    }

    private func metrics(_ models: Set<String> = ["m"]) -> ServingMetrics {
        let metrics = ServingMetrics(registry)
        metrics.setModels(models)
        return metrics
    }

    @Test func requestsAreCountedAsTheReferenceDoes() {
        let metrics = metrics()
        for _ in 0..<3 { metrics.record(outcome()) }
        metrics.record(outcome(.classify, .invalidArgument))
        metrics.record(outcome(.regress))
        metrics.record(outcome(.multiInference))
        #expect(
            lines(":tensorflow:serving:request_count{") == [
                ":tensorflow:serving:request_count{model_name=\"m\",status=\"INVALID_ARGUMENT\"} 1",
                ":tensorflow:serving:request_count{model_name=\"m\",status=\"OK\"} 4",
            ])
        #expect(
            lines(":tensorflow:serving:request_latency_") == [
                ":tensorflow:serving:request_latency_sum{model_name=\"m\",API=\"Predict\",entrypoint=\"GRPC\"} 300",
                ":tensorflow:serving:request_latency_count{model_name=\"m\",API=\"Predict\",entrypoint=\"GRPC\"} 3",
                ":tensorflow:serving:request_latency_sum{model_name=\"m\",API=\"Regress\",entrypoint=\"GRPC\"} 100",
                ":tensorflow:serving:request_latency_count{model_name=\"m\",API=\"Regress\",entrypoint=\"GRPC\"} 1",
            ])
        #expect(registry.text.contains("le=\"10\"") && registry.text.contains("le=\"18\""))
    }

    @Test func timesOfARunAreCountedWhereTheyAreKnown() {
        let metrics = metrics()
        let timings = RunTimings(queueNanoseconds: 250_000_000, computeNanoseconds: 500_000_000, batchSize: 8)
        metrics.record(outcome(timings: timings))
        metrics.record(outcome(timings: RunTimings(queueNanoseconds: 0, computeNanoseconds: 0, batchSize: 0)))
        let own =
            "{model=\"m\",version=\"1\",signature=\"serving_default\",method=\"Predict\",transport=\"grpc\"}"
        #expect(
            lines(":tensorflow:serving:runtime_latency_sum")
                == [":tensorflow:serving:runtime_latency_sum{model_name=\"m\",API=\"Predict\",runtime=\"TF1\"} 750000"])
        for (name, sum) in [("queue", "0.25"), ("compute", "0.5")] {
            let metric = "model_server_\(name)_duration_seconds_sum"
            #expect(lines(metric) == ["\(metric)\(own) \(sum)"])
        }
        #expect(
            lines("model_server_batch_rows_") == [
                "model_server_batch_rows_sum\(own) 8", "model_server_batch_rows_count\(own) 1",
            ])
    }

    @Test func examplesOfMultiInferenceAreCounted() {
        let metrics = metrics()
        for method in [ServingMethod.multiInference, .classify] {
            var outcome = outcome(method)
            outcome.facts?.exampleCount = 5
            metrics.record(outcome)
        }
        #expect(
            lines(":tensorflow:serving:request_example_count") == [
                ":tensorflow:serving:request_example_count_total{model=\"m\"} 5",
                ":tensorflow:serving:request_example_counts_sum{model=\"m\"} 5",
                ":tensorflow:serving:request_example_counts_count{model=\"m\"} 1",
            ])
    }

    @Test func clientsCannotMakeSeries() {
        let metrics = metrics()
        for index in 0..<500 {
            metrics.record(outcome(.predict, .notFound, model: "guess\(index)", version: nil, signature: ""))
        }
        metrics.record(
            ServingMetrics.Outcome(
                method: .predict, entryPoint: .grpc, code: .internalError, facts: nil, nanoseconds: 1))
        #expect(
            lines(":tensorflow:serving:request_count") == [
                ":tensorflow:serving:request_count{model_name=\"(unknown)\",status=\"INTERNAL\"} 1",
                ":tensorflow:serving:request_count{model_name=\"(unknown)\",status=\"NOT_FOUND\"} 500",
            ])
        #expect(!registry.text.contains("guess"))
        #expect(lines("model_server_requests_total{").count == 2)
    }

    @Test func everyCallOverRESTIsCountedAsTheReferenceDoes() {
        let metrics = metrics()
        for method in [ServingMethod.predict, .getModelStatus, .getModelMetadata] {
            var outcome = outcome(method)
            outcome.entryPoint = .rest
            metrics.record(outcome)
        }
        metrics.record(outcome(.getModelStatus))
        #expect(
            lines(":tensorflow:serving:request_") == [
                ":tensorflow:serving:request_count{model_name=\"m\",status=\"OK\"} 3",
                ":tensorflow:serving:request_latency_sum{model_name=\"m\",API=\"\",entrypoint=\"REST\"} 200",
                ":tensorflow:serving:request_latency_count{model_name=\"m\",API=\"\",entrypoint=\"REST\"} 2",
                ":tensorflow:serving:request_latency_sum{model_name=\"m\",API=\"predict\",entrypoint=\"REST\"} 100",
                ":tensorflow:serving:request_latency_count{model_name=\"m\",API=\"predict\",entrypoint=\"REST\"} 1",
            ])
        #expect(lines("model_server_requests_total{").count == 4)
        #expect(lines("model_server_compute_duration_seconds_count").allSatisfy { $0.hasSuffix(" 0") })
    }

    @Test func modelsThatComeAndGoAreNoticed() {
        let metrics = metrics()
        metrics.record(outcome())
        metrics.record(outcome(.predict, .notFound, model: "new", version: nil, signature: ""))
        metrics.setModels(["new"])
        metrics.record(outcome(.predict, .notFound, model: "new", version: nil, signature: ""))
        #expect(
            lines(":tensorflow:serving:request_count") == [
                ":tensorflow:serving:request_count{model_name=\"(unknown)\",status=\"NOT_FOUND\"} 1",
                ":tensorflow:serving:request_count{model_name=\"new\",status=\"NOT_FOUND\"} 1",
            ])
    }

    @Test func versionsThatAreGoneLeaveTheirPlaces() {
        let gone = ConditionLock<Set<Int64>>([])
        let metrics = ServingMetrics(registry) { _, version in gone.withLock { $0.contains(version) } }
        metrics.setModels(["m"])
        metrics.record(outcome(version: 1))
        metrics.record(outcome(version: 2))
        gone.withLock { $0 = [1] }
        #expect(lines("model_server_requests_total{").count == 2)
        metrics.record(outcome(version: 3))
        let versions = lines("model_server_requests_total{").map { $0.split(separator: "\"")[3] }
        #expect(versions == ["2", "3"])
        #expect(
            lines(":tensorflow:serving:request_count") == [
                ":tensorflow:serving:request_count{model_name=\"m\",status=\"OK\"} 3"
            ])
    }

    @Test func whatTheCallerSawIsCounted() {
        let metrics = metrics()
        let facts = ServingFacts(model: "m", version: 1)
        let cancelled = CancellationFlag()
        cancelled.cancel()
        CallMonitor(metrics, .predict, .grpc).end(.ok, facts, cancellation: cancelled)
        CallMonitor(metrics, .predict, .grpc).end(
            .ok, facts, deadline: Deadline(Instant(nanoseconds: 1)), cancellation: cancelled)
        CallMonitor(metrics, .predict, .grpc).end(.ok, facts, deadline: Deadline(Instant(nanoseconds: 1)))
        let codes = lines(":tensorflow:serving:request_count").map { $0.split(separator: "\"")[3] }
        #expect(codes == ["CANCELLED", "DEADLINE_EXCEEDED", "OK"])
    }

    @Test func threadsCountTogether() {
        let metrics = metrics()
        let threads = (0..<4).map { index in
            Thread(name: "count") {
                for round in 0..<1000 {
                    if index == 0, round % 100 == 0 { metrics.setModels(["m"]) }
                    metrics.record(outcome(signature: "s\(round % 7)"))
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(
            lines(":tensorflow:serving:request_count") == [
                ":tensorflow:serving:request_count{model_name=\"m\",status=\"OK\"} 4000"
            ])
    }
}
