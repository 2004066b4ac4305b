import Configuration
import Glibc
import Metrics
import ServingCore
import Threading
import Tracing

/// What the server tells about itself while it runs: the lines of its log, the access log, and spans.
public final class Telemetry: Sendable {
    private let writer: LineWriter
    private let exporter: SpanExporter?
    /// What calls are written down by; nil: none is.
    let tracing: CallTracing?
    /// Sentences about settings that can't be followed.
    let remarks: [String]

    /// How long the end waits for who reads the log and for the collector of spans, nanoseconds.
    private static let patience: UInt64 = 3_000_000_000

    /// The same for a process that ends at once.
    private static let shortPatience: UInt64 = 200_000_000

    /// From now on the log is written by a thread of its own, up to `stop`.
    init(_ options: ServerOptions, environment: (String) -> String?) {
        let writer = LineWriter(options.logFormat)
        self.writer = writer
        let settings = TracingSettings(environment: environment)
        remarks = settings.remarks
        exporter = SpanExporter(settings, version: ServerVersion.number)
        let tracing = CallTracing(
            accessShare: options.accessLogSampling,
            accessLog: { writer.write(.access($0, time: WallClock.nanoseconds())) }, exporter: exporter,
            sampler: settings.sampler)
        self.tracing = tracing.isOn ? tracing : nil
        Log.redirect { writer.write(.event($0)) }
        if let collector = settings.collector {
            Log.info("Spans are exported to http://\(collector.host):\(collector.port)\(collector.path)")
        }
    }

    /// An environment variable of this process.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    func register(in registry: MetricRegistry) {
        registry.addCounter(
            "model_server_log_lines_dropped_total",
            help: "Lines of the log that were not written because it is read too slowly."
        ) { [writer] in writer.droppedLines }
        guard let exporter else { return }
        registry.add(
            .counter, "model_server_spans_total", labels: ["result"],
            help: "Spans by what became of them: exported, dropped for want of room, failed to reach the collector."
        ) {
            let counts = exporter.counts
            return [
                (values: ["exported"], value: Double(counts.exported)),
                (values: ["dropped"], value: Double(counts.dropped)),
                (values: ["failed"], value: Double(counts.failed)),
            ]
        }
    }

    /// Writes what waits of the log, if that can be done soon; for a process that is about to end at once.
    func hurry() {
        Log.redirect(to: nil)
        writer.stop(untilNanoseconds: SystemClock().nanoseconds() + Telemetry.shortPatience)
    }

    /// Sends and writes what waits; the log is written directly again.
    func stop() {
        let now = SystemClock().nanoseconds()
        exporter?.stop(untilNanoseconds: now + Telemetry.patience)
        Log.redirect(to: nil)
        writer.stop(untilNanoseconds: SystemClock().nanoseconds() + Telemetry.patience)
    }
}
