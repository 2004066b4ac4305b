import Batching
import JSON
import Plots

/// What the command `tune-batching` tells.
struct TuningReport {
    let folder: ModelFolder
    let signature: String
    let machine: String
    let advice: BatchingAdvice
    let end: BatchSweep.End?
    /// That rows are answered otherwise than alone; nil: they are not.
    let difference: String?

    private var facts: BatchingAdvice.Facts { advice.facts }

    // MARK: For people

    /// Table, plot and sentences.
    func text(width: Int, isASCII: Bool) -> String {
        let title = "\(folder.directory), signature \(signature): \(runs)\n\(machine)\n\n"
        let plot = TerminalPlot(width: min(width, 76), height: 9, isASCII: isASCII).text(throughputPlot)
        let text = title + table + "\n" + plot + "\n" + sentences.map { wrapped($0, width) }.joined()
        return isASCII ? Terminal.ascii(text) : text
    }

    private func wrapped(_ sentence: String, _ width: Int) -> String {
        ParametersFile.wrapped(sentence, width: max(60, min(width, 120))).map { $0 + "\n" }.joined()
    }

    private var runs: String { facts.threads == 1 ? "one batch at a time" : "\(facts.threads) batches at a time" }

    private var table: String {
        var rows = [["rows", "runs", "min", "median", "p99", "per row", "rows/s", "", ""]]
        let base = facts.measurements[0]
        func row(_ one: BatchMeasurement, _ name: String, _ note: String) -> [String] {
            [
                name, Readable.count(one.runs), Readable.duration(one.minimum), Readable.duration(one.median),
                Readable.duration(one.p99), Readable.duration(UInt64(one.timePerRow)), Readable.rate(one.throughput),
                "x" + NumberText.significant(one.throughput / max(base.throughput, .leastNormalMagnitude)), note,
            ]
        }
        if let unbatched = facts.unbatched {
            rows.append(row(unbatched, "1", "<- without batching, on all processors"))
        }
        for one in facts.measurements {
            rows.append(row(one, String(one.rows), one.rows == advice.chosen.rows ? "<- chosen" : ""))
        }
        return Readable.table(rows, indent: 2)
    }

    /// All that is to be said, the verdict first.
    var sentences: [String] {
        var all: [String] = []
        if let difference {
            all.append(
                "Warning: \(difference). Rows that depend on one another must not run together: whoever asks would get "
                    + "answers that depend on who else asks. Batching is only right if that is meant, or made up by chance."
            )
        }
        if let refusal = advice.refusalSentence { return all + [refusal] + [advice.refusalAdvice].compactMap { $0 } }
        all.append(advice.verdictSentence)
        all += [advice.costSentence, endSentence].compactMap { $0 }
        guard advice.verdict != .unknown else { return all }
        return all + advice.boundSentences
    }

    /// Why larger sizes were not measured, where that matters.
    private var endSentence: String? {
        let largest = facts.measurements.last?.rows ?? 0
        switch end {
        case .outOfTime where advice.best.rows == largest:
            return
                "There was no time for more than \(Readable.counted(largest, "row")), which might be better still: give it "
                + "more by --seconds."
        case .failure(let message): return "More than \(Readable.counted(largest, "row")) could not be run: \(message)"
        case .limit where advice.best.rows == largest && advice.chosen.rows == largest:
            return "The largest size that was measured is the best; --max_batch_size allows larger ones."
        default: return nil
        }
    }

    // MARK: Pictures

    private var xAxis: Plot.Axis { Plot.Axis("rows in a batch", scale: .log2) }

    private func series(_ name: String, isDashed: Bool = false, _ value: (BatchMeasurement) -> Double) -> Plot.Series {
        Plot.Series(
            name, facts.measurements.map { Plot.Point(Double($0.rows), value($0)) }, isDashed: isDashed)
    }

    private var chosenMark: [Plot.Mark] {
        advice.refusal == nil
            ? [.x(Double(advice.chosen.rows), label: "chosen: \(Readable.counted(advice.chosen.rows, "row"))")] : []
    }

    private var throughputPlot: Plot {
        Plot(
            "Throughput", x: xAxis, y: Plot.Axis("rows/s", includesZero: true),
            series: [series("throughput") { $0.throughput }], marks: chosenMark)
    }

    private var timePlot: Plot {
        let goal = facts.goal.map { [Plot.Mark.y(Double($0) / 1e6, label: "goal")] } ?? []
        return Plot(
            "Time of a batch", x: xAxis, y: Plot.Axis("ms", includesZero: true),
            series: [
                series("median") { Double($0.median) / 1e6 },
                series("p99", isDashed: true) { Double($0.p99) / 1e6 },
            ], marks: chosenMark + goal)
    }

    /// A picture of throughput and time.
    var svg: String {
        SVGPlot.text("Batching of \(signature) in \(folder.directory)", [throughputPlot, timePlot])
    }

    // MARK: For the server

    /// The parameters with what they rest on; nil if none can be given.
    var file: ParametersFile? {
        guard advice.refusal == nil, advice.verdict != .unknown else { return nil }
        let goal = facts.goal.map { " for a p99 of \(Readable.duration($0))" } ?? ""
        let head = [
            "Batching parameters for signature \(signature) of \(folder.directory)\(goal),",
            "measured by 'model_server tune-batching' on: \(machine)", "", table, "",
        ]
        return ParametersFile(
            parameters: advice.parameters, comments: head + sentences + [""])
    }

    // MARK: For programs

    /// The report for programs; `Documentation/tools.md` describes it.
    var json: JSONValue {
        let file = self.file
        return .object(
            folder.json + [
                ("signature", .string(signature)), ("machine", .string(machine)),
                ("threads", .count(facts.threads)), ("goal_ms", .milliseconds(facts.goal)),
                ("rows_agree", .bool(difference == nil)),
                ("measurements", .array(facts.measurements.map(TuningReport.json))),
                ("unbatched", facts.unbatched.map(TuningReport.json) ?? .null),
                ("fixed_ms", .decimal(advice.line.map { $0.fixed / 1e6 })),
                ("per_row_ms", .decimal(advice.line.map { $0.perRow / 1e6 })),
                ("verdict", .string(verdictName)), ("pays", .bool(advice.pays)),
                ("gain", .decimal(advice.gain)), ("gain_of_requests", .decimal(advice.gainOfRequests)),
                ("best_rows", .count(advice.best.rows)),
                ("chosen_rows", file == nil ? .null : .count(advice.chosen.rows)),
                ("bound_busy_ms", file == nil ? .null : .milliseconds(advice.boundWhenBusy)),
                ("bound_full_ms", file == nil ? .null : .milliseconds(advice.boundWhenFull)),
                ("sentences", .array(sentences.map(JSONValue.string))),
                ("parameters", file.map { TuningReport.json($0.parameters) } ?? .null),
                ("file", .optional(file?.text)),
            ])
    }

    private var verdictName: String {
        guard advice.refusal == nil else { return "goal_out_of_reach" }
        switch advice.verdict {
        case .pays: return "pays"
        case .gainsLittle: return "gains_little"
        case .tooFastToMatter: return "too_fast_to_matter"
        case .unclear: return "unclear"
        case .unknown: return "unknown"
        }
    }

    private static func json(_ one: BatchMeasurement) -> JSONValue {
        .object([
            ("rows", .count(one.rows)), ("runs", .count(one.runs)), ("min_ms", .milliseconds(one.minimum)),
            ("median_ms", .milliseconds(one.median)), ("p99_ms", .milliseconds(one.p99)),
            ("rows_per_second", .decimal(one.throughput)), ("noise", .decimal(one.noise)),
        ])
    }

    private static func json(_ parameters: BatchingParameters) -> JSONValue {
        .object([
            ("max_batch_size", .number(parameters.maximumBatchSize)),
            ("batch_timeout_micros", .number(parameters.batchTimeoutMicroseconds)),
            ("max_enqueued_batches", .number(parameters.maximumEnqueuedBatches)),
            ("num_batch_threads", parameters.batchThreads.map(JSONValue.number) ?? .null),
            ("enable_large_batch_splitting", .bool(parameters.splitsLargeBatches)),
            ("max_execution_batch_size", parameters.maximumExecutionBatchSize.map(JSONValue.number) ?? .null),
            ("allowed_batch_sizes", .array(parameters.allowedBatchSizes.map(JSONValue.number))),
        ])
    }
}

extension JSONValue {
    /// A fraction; null for nil and for what is no number.
    static func decimal(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .text(Array("\(value)".utf8))
    }

    static func milliseconds(_ nanoseconds: UInt64?) -> JSONValue { .decimal(nanoseconds.map { Double($0) / 1e6 }) }
}
