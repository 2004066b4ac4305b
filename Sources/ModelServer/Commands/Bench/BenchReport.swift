import Execution
import JSON
import MicrokernelTypes
import Plots
import Profiling

/// What the command `bench` tells.
struct BenchReport {
    let folder: ModelFolder
    let arguments: BenchArguments
    let machine: String
    /// Nanoseconds.
    let loadTime: UInt64
    /// Nanoseconds; of the run before all others.
    let firstRun: UInt64
    let burst: RunBurst
    /// The most memory that the process had at a time, in bytes: until the model was loaded, and until the last run. Nil if the
    /// system does not tell.
    let loadPeakMemory: Int?
    let peakMemory: Int?
    /// Of further runs, which were slower for being recorded; nil if nobody asked.
    let profile: Profile?
    /// Nil if all weights are as the model has them.
    let precision: Precision?

    /// What narrow weights change.
    struct Precision {
        let reduction: WeightReductionSummary
        let comparison: PrecisionComparison
    }

    struct Profile {
        let summary: ProfileSummary
        let rates: WorkRates
    }

    private var rowsPerSecond: Double { burst.rate * Double(arguments.rows) }

    /// Nanoseconds: the median, and what 90, 99 and 99.9 of 100 runs did not exceed.
    private var percentiles: [UInt64] { burst.times.percentiles([0.5, 0.9, 0.99, 0.999]) }

    private var mean: UInt64 { burst.times.total / UInt64(max(1, burst.times.count)) }

    /// For people.
    var text: String {
        let percentiles = self.percentiles
        let runners = arguments.runners == 1 ? "one run at a time" : "\(arguments.runners) runs at a time"
        let rows = [
            ["loaded in", Readable.duration(loadTime)], ["first run", Readable.duration(firstRun)],
            ["fastest", Readable.duration(burst.times.minimum)], ["median", Readable.duration(percentiles[0])],
            ["mean", Readable.duration(mean)], ["90 %", Readable.duration(percentiles[1])],
            ["99 %", Readable.duration(percentiles[2])], ["99.9 %", Readable.duration(percentiles[3])],
            ["rows/s", Readable.rate(rowsPerSecond)],
            ["peak memory of the load", loadPeakMemory.map(Readable.bytes) ?? "not known"],
            ["peak memory", peakMemory.map(Readable.bytes) ?? "not known"],
        ]
        return
            "\(folder.directory), signature \(arguments.signature): \(Readable.counted(burst.times.count, "run")) of "
            + "\(Readable.counted(arguments.rows, "row")), \(runners), \(Readable.counted(arguments.threads, "thread"))\n"
            + "\(machine)\n\n" + Readable.table(rows, indent: 2) + (precision.map { "\n" + text(of: $0) } ?? "")
            + (profile.map { "\n" + ProfileReport($0.summary, rates: $0.rates).text() } ?? "")
    }

    private func text(of precision: Precision) -> String {
        let reduction = precision.reduction
        let head =
            "weights as \(arguments.precision.name): \(Readable.bytes(reduction.byteCount)) instead of "
            + "\(Readable.bytes(reduction.fullByteCount)) in matrices: \(Readable.count(reduction.matrixCount)); errors up to "
            + "\(NumberText.significant(reduction.largestError * 100)) % of the largest weight of a channel, root mean square "
            + "\(NumberText.significant(reduction.relativeError * 100)) %\n"
        return head + Readable.table(precision.comparison.rows, indent: 2)
    }

    /// For programs; `Documentation/tools.md` describes it.
    var json: JSONValue {
        let percentiles = self.percentiles
        return .object(
            folder.json + [
                ("signature", .string(arguments.signature)), ("machine", .string(machine)),
                ("batch", .count(arguments.rows)), ("threads", .count(arguments.threads)),
                ("concurrency", .count(arguments.runners)), ("runs", .count(burst.times.count)),
                ("load_ms", .milliseconds(loadTime)), ("first_run_ms", .milliseconds(firstRun)),
                ("min_ms", .milliseconds(burst.times.minimum)), ("median_ms", .milliseconds(percentiles[0])),
                ("mean_ms", .milliseconds(mean)), ("p90_ms", .milliseconds(percentiles[1])),
                ("p99_ms", .milliseconds(percentiles[2])), ("p999_ms", .milliseconds(percentiles[3])),
                ("rows_per_second", .decimal(rowsPerSecond)),
                ("load_peak_rss_bytes", loadPeakMemory.map(JSONValue.count) ?? .null),
                ("peak_rss_bytes", peakMemory.map(JSONValue.count) ?? .null),
                ("precision", .string(arguments.precision.name)),
                ("reduced_matrices", precision.map { .count($0.reduction.matrixCount) } ?? .null),
                ("reduced_bytes", precision.map { .count($0.reduction.byteCount) } ?? .null),
                ("full_bytes", precision.map { .count($0.reduction.fullByteCount) } ?? .null),
                ("largest_weight_error", precision.map { .decimal($0.reduction.largestError) } ?? .null),
                ("weight_error_rms", precision.map { .decimal($0.reduction.relativeError) } ?? .null),
                ("output_errors", precision.map(\.comparison.json) ?? .null),
                ("limits", profile.map { BenchReport.json($0.rates.limits) } ?? .null),
                ("profile", profile.map { .array($0.ops) } ?? .null),
                ("profile_nodes", profile.map { .array($0.nodes) } ?? .null),
            ])
    }

    private static func json(_ limits: MachineLimits) -> JSONValue {
        .object([
            ("gflops", .decimal(limits.operationsPerSecond / 1e9)),
            ("gb_per_second", .decimal(limits.bytesPerSecond / 1e9)),
        ])
    }
}

extension BenchReport.Profile {
    fileprivate var ops: [JSONValue] {
        summary.ops.map { op in
            .object([("op", .string(op.op))] + Self.members(op.totals, rates.rate(of: op, in: summary)))
        }
    }

    fileprivate var nodes: [JSONValue] {
        summary.nodes.map { node in
            .object(
                [("op", .string(node.key.op)), ("node", .string(node.key.node))]
                    + Self.members(node.totals, rates.rate(of: node)))
        }
    }

    private static func members(_ totals: Totals, _ rate: WorkRates.Rate) -> [(String, JSONValue)] {
        func decimal(_ value: Double?, per unit: Double) -> JSONValue { value.map { .decimal($0 / unit) } ?? .null }
        return [
            ("count", .count(totals.count)), ("total_ms", .milliseconds(totals.total)),
            ("self_ms", .milliseconds(totals.own)), ("gflops", decimal(rate.operationsPerSecond, per: 1e9)),
            ("gflops_share", decimal(rate.operationShare, per: 1)),
            ("gb_per_second", decimal(rate.bytesPerSecond, per: 1e9)),
            ("gb_per_second_share", decimal(rate.byteShare, per: 1)),
        ]
    }
}
