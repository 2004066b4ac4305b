import Configuration
import Metrics
import Testing

@testable import ModelServer

@Suite struct ServerMetricsTests {
    private func value(_ name: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") }
            .flatMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    }

    @Test func processIsDescribed() throws {
        let registry = MetricRegistry()
        ProcessFigures.register(in: registry)
        let text = registry.text
        #expect(try #require(value("process_resident_memory_bytes", in: text)) > 1e6)
        #expect(try #require(value("process_open_fds", in: text)) >= 1)
        #expect(try #require(value("process_threads", in: text)) >= 1)
        #expect(try #require(value("process_cpu_seconds_total", in: text)) > 0)
        // After the turn of 2020, and not in the far future.
        #expect((1.57e9...1e11).contains(try #require(value("process_start_time_seconds", in: text))))
    }

    @Test func metricsAreOffIfTheFileSaysSo() throws {
        var configuration = MonitoringConfiguration()
        #expect(ServerMetrics(configuration).endpoint != nil)
        configuration.isEnabled = false
        #expect(ServerMetrics(configuration).endpoint == nil)
    }

    @Test func everyMetricOfOursHasHelp() throws {
        let server = try Server(Server.Settings())
        defer { _ = server.drain(withinSeconds: 1) }
        let lines = server.metricsText.split(separator: "\n")
        let typed = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
        let helped = lines.filter { $0.hasPrefix("# HELP ") }.map { $0.split(separator: " ")[2] }
        #expect(typed.filter { !$0.hasPrefix(":") } == helped)
        #expect(typed.contains(":tensorflow:serving:request_count") && typed.contains("model_server_requests_total"))
    }
}
