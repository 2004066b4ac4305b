import JSON
import Plots

/// What `bench --server` tells.
struct LoadReport {
    let arguments: LoadArguments
    /// Of one request with the head of its gRPC message.
    let requestBytes: Int
    let record: LoadRecord

    private static let fractions = [0.5, 0.9, 0.95, 0.99, 0.999]
    private static let names = ["p50", "p90", "p95", "p99", "p99.9"]

    private var percentiles: [UInt64] { record.times.percentiles(LoadReport.fractions) }

    private var mean: UInt64 { record.times.total / UInt64(max(1, record.times.count)) }

    /// Whether all requests were answered well.
    var isClean: Bool { record.failureCount == 0 && record.lost == nil && record.unsent == 0 && record.times.count > 0 }

    private var head: String {
        let load =
            switch arguments.mode {
            case .closed: "\(Readable.counted(arguments.concurrency, "request")) under way"
            case .open(let perSecond, let isRandom):
                "\(Readable.rate(perSecond)) requests/s at \(isRandom ? "random" : "even") distances"
            }
        return "\(arguments.host):\(arguments.port), \(arguments.model)/\(arguments.signature): "
            + "\(Readable.counted(arguments.rows, "row")) (\(Readable.bytes(requestBytes))) in a request, "
            + "\(Readable.counted(arguments.connections, "connection")), \(load)"
    }

    // MARK: For people

    func text(width: Int, isASCII: Bool) -> String {
        var rows = [
            ["answers", Readable.count(record.times.count)], ["answers/s", Readable.rate(record.rate)],
            ["rows/s", Readable.rate(record.rate * Double(arguments.rows))],
        ]
        if record.times.count > 0 {
            rows += [["fastest", Readable.duration(record.times.minimum)], ["mean", Readable.duration(mean)]]
            rows += zip(LoadReport.names, percentiles).map { [$0, Readable.duration($1)] }
        }
        rows += record.failures.sorted { $0.value > $1.value }.map {
            ["failed", "\(Readable.count($0.value)): \($0.key)"]
        }
        if record.unsent > 0 {
            rows.append([
                "not sent", "\(Readable.count(record.unsent)): the server was behind, and too many were under way",
            ])
        }
        if let lost = record.lost { rows.append(["lost", lost]) }
        var text = head + "\n\n" + Readable.table(rows, indent: 2)
        if record.times.count > 1 {
            let plot = TerminalPlot(width: min(width, 76), height: 8, isASCII: isASCII)
            text += "\n" + plot.text(latencies)
        }
        return isASCII ? Terminal.ascii(text) : text
    }

    // MARK: Plots

    /// Three plots one below the other.
    var picture: String { SVGPlot.text(head, [distribution, latencies, rates]) }

    private func seconds(_ index: Int) -> Double { (Double(index) + 0.5) * record.secondsPerInterval }

    private var latencies: Plot {
        let parts = record.intervals.enumerated().filter { $0.element.count > 0 }
        func series(_ name: String, _ fraction: Double, isDashed: Bool) -> Plot.Series {
            Plot.Series(
                name,
                parts.map { Plot.Point(seconds($0.offset), Double($0.element.percentiles([fraction])[0]) / 1e6) },
                isDashed: isDashed)
        }
        return Plot(
            "Latency over time", x: Plot.Axis("s"), y: Plot.Axis("ms", includesZero: true),
            series: [series("p50", 0.5, isDashed: false), series("p99", 0.99, isDashed: true)])
    }

    private var rates: Plot {
        let points = record.intervals.indices.map { Plot.Point(seconds($0), record.rate(ofInterval: $0)) }
        return Plot(
            "Answers per second over time", x: Plot.Axis("s"), y: Plot.Axis("answers/s", includesZero: true),
            series: [Plot.Series("answers/s", points)])
    }

    private var distribution: Plot {
        let shares = (1...99).map { Double($0) / 100 } + [0.995, 0.999]
        let times = record.times.percentiles(shares)
        let points = zip(shares, times).map { Plot.Point(Double($1) / 1e6, $0 * 100) }
        return Plot(
            "Answers that took no longer", x: Plot.Axis("ms", scale: .log10), y: Plot.Axis("%", includesZero: true),
            series: [Plot.Series("answers", points)])
    }

    // MARK: For programs

    /// `Documentation/tools.md` describes it.
    var json: JSONValue {
        let percentiles = self.percentiles
        return .object([
            ("server", .string("\(arguments.host):\(arguments.port)")), ("model", .string(arguments.model)),
            ("signature", .string(arguments.signature)), ("batch", .count(arguments.rows)),
            ("connections", .count(arguments.connections)), ("concurrency", .count(arguments.concurrency)),
            ("offered_per_second", offered), ("request_bytes", .count(requestBytes)),
            ("seconds", .decimal(Double(record.duration) / 1e9)), ("answers", .count(record.times.count)),
            ("answers_per_second", .decimal(record.rate)),
            ("rows_per_second", .decimal(record.rate * Double(arguments.rows))),
            ("min_ms", record.times.count > 0 ? .milliseconds(record.times.minimum) : .null),
            ("mean_ms", .milliseconds(mean)), ("p50_ms", .milliseconds(percentiles[0])),
            ("p90_ms", .milliseconds(percentiles[1])), ("p95_ms", .milliseconds(percentiles[2])),
            ("p99_ms", .milliseconds(percentiles[3])), ("p999_ms", .milliseconds(percentiles[4])),
            ("failed", .count(record.failureCount)), ("not_sent", .count(record.unsent)),
            (
                "failures",
                .object(record.failures.sorted { $0.value > $1.value }.map { ($0.key, .count($0.value)) })
            ),
            ("lost", .optional(record.lost)),
        ])
    }

    private var offered: JSONValue {
        guard case .open(let perSecond, _) = arguments.mode else { return .null }
        return .decimal(perSecond)
    }
}
