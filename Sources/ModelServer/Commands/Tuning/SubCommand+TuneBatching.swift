import Kernels
import Models
import ServingCore
import TensorFiles
import Threading

extension SubCommand {
    /// `tune-batching DIR`: does batching pay, and with which parameters?
    static let tuneBatching = SubCommand(
        name: "tune-batching", summary: "measures batches of a model and writes batching parameters for it",
        usage: tuneUsage
    ) { program, arguments in
        execute(program, "tune-batching", arguments, TuningArguments.grammar, usage: tuneUsage(program)) {
            options throws(UsageError) in
            let wanted = try UsageError.wrapping { () throws(Status) in try TuningArguments(options) }
            do throws(Status) {
                OpenBLAS.prepareEnvironment()
                StandardStream.quietLog()
                return try BatchTuningCommand(wanted).run().rawValue
            } catch {
                StandardStream.error.write("\(error)\n")
                return 1
            }
        }
    }

    @Sendable private static func tuneUsage(_ program: String) -> String {
        """
        usage: \(program) tune-batching [OPTIONS] DIR

        Measures on this machine how long batches of different sizes take, says whether batching pays for this model, and
        writes parameters for --batching_parameters_file to standard output; table, plot and explanations go to standard
        error. DIR is the folder of a version, or that of a model, whose newest version is taken. Nothing else should run
        on the machine meanwhile.

          --p99_ms MS             the time that 99 of 100 answers shall keep to under load; otherwise none
          --signature NAME        the signature to measure; otherwise serving_default
          --tag_set TAGS          the MetaGraph with exactly these tags, separated by commas; otherwise serve
          --input NAME=VALUE      rows for an input, as 'run' takes them; they are repeated as often as needed. Inputs are
                                  made up otherwise: fractions from 0 to 1, integers below 1000, empty strings
          --shape NAME=SIZES      the sizes of one row of an input that is made up, as in tokens=128 or image=224,224,3;
                                  otherwise those of the signature, and 1 for each that it leaves open
          --threads N             batches that run at a time; otherwise as many as there are processors
          --seconds S             how long to measure; otherwise 10
          --max_batch_size N      measure all sizes up to this one; otherwise as long as larger ones are better, up to 1024
          --max_request_rows N    the rows of the largest request that shall be accepted; otherwise 1000
          --output FILE           write the parameters there, and the explanations to standard output
          --svg FILE              write a picture of throughput and time
          --json                  write all of it to standard output, as one JSON object
          --ascii                 draw with ASCII only, as is done where the locale is not UTF-8
          --help                  prints this text and ends

        Exit status: 0 if there are parameters, also if they come with the advice to leave batching off; 1 if something is
        wrong, 2 if the command is not understood, 3 if the signature cannot be batched, 4 if the latency cannot be kept.

        """
    }
}

/// From arguments to advice.
struct BatchTuningCommand {
    enum Exit: Int32 {
        case advised = 0
        case failed = 1
        case cannotBeBatched = 3
        case goalOutOfReach = 4
    }

    private let arguments: TuningArguments

    init(_ arguments: TuningArguments) { self.arguments = arguments }

    /// Throws what is wrong with the folder, the model, an input, or a file to be written.
    func run() throws(Status) -> Exit {
        for path in [arguments.svg, arguments.output].compactMap({ $0 }) { try FileBytes.checkWritable(path) }
        let threads = ThreadPool(name: "compute", threadCount: ProcessorCount.available)
        defer { threads.stop() }
        let opened = try OpenedModel(
            arguments.folder, tags: arguments.tags, signature: arguments.signature, threads: threads)
        if let remark = opened.folder.remark { say(remark) }
        try arguments.recipe.check(opened.runner)
        if let obstacle = BatchObstacle(of: opened.runner, .adaptive) { return refuse("\(obstacle)") }
        for guess in arguments.recipe.guesses(for: opened.runner) {
            say(
                "Input \(guess.name) has shape \(guess.shape): sizes that are not known are taken to be 1; say "
                    + "--shape \(guess.name)=SIZES for others.")
        }
        let (feeds, sample) = try self.sample(opened)
        if case .obstacle(let reason) = sample { return refuse(reason) }
        let tuning = BatchTuning(opened, feeds, threads: arguments.threads)
        let report = report(opened, feeds, sample, try measure(tuning))
        return try write(report)
    }

    private func say(_ text: String) {
        StandardStream.error.write((isASCII ? Terminal.ascii(text) : text) + "\n")
    }

    private var isASCII: Bool { arguments.isASCII || !Terminal.showsUnicode }

    private func refuse(_ reason: String) -> Exit {
        say("Requests to signature \(arguments.signature) cannot be run together: \(reason).")
        return .cannotBeBatched
    }

    /// Inputs that the model takes, and whether a few rows of them can run together.
    private func sample(_ opened: OpenedModel) throws(Status) -> (BatchFeeds, BatchTuning.Sample) {
        var failure: Status?
        for range in MadeUpRows.Range.allCases {
            let feeds = try arguments.recipe.feeds(for: opened.runner, range: range)
            do throws(Status) {
                let sample = try BatchTuning(opened, feeds, threads: arguments.threads).sample()
                return (feeds, sample)
            } catch {
                failure = failure ?? error
                if arguments.recipe.isComplete(for: opened.runner) { throw error }
            }
        }
        throw failure!.prefixed("made-up inputs do not do for this model, give it some by --input NAME=FILE: ")
    }

    private func measure(_ tuning: BatchTuning) throws(Status) -> BatchTuning.Result {
        var limits = BatchSweep.Limits(budget: arguments.budget)
        limits.goal = arguments.goal
        limits.measuresAll = arguments.maximumRows != nil
        let fitting = BatchTuningCommand.memory / 4 / max(1, tuning.feeds.bytesPerRow)
        limits.maximumRows = max(1, min(arguments.maximumRows ?? limits.maximumRows, fitting))
        var line = ProgressLine()
        defer { line.clear() }
        return try tuning.measure(limits) { rows, elapsed in
            let seconds = (elapsed / 1_000_000_000, arguments.budget / 1_000_000_000)
            line.show("measuring \(Readable.counted(rows, "row")), \(seconds.0) of \(seconds.1) s")
        }
    }

    private static var memory: Int { min(PhysicalMemory.byteCount, PhysicalMemory.headroom?.available ?? .max) }

    private func report(
        _ opened: OpenedModel, _ feeds: BatchFeeds, _ sample: BatchTuning.Sample, _ result: BatchTuning.Result
    ) -> TuningReport {
        var facts = BatchingAdvice.Facts(measurements: result.measurements, threads: arguments.threads)
        facts.unbatched = result.unbatched
        facts.goal = arguments.goal
        facts.requestRows = arguments.requestRows
        facts.bytesPerRow = feeds.bytesPerRow
        facts.memory = BatchTuningCommand.memory
        var difference: String?
        if case .differs(let sentence) = sample { difference = sentence }
        switch result.end {
        case .outOfTime, .failure: facts.isCutShort = true
        default: break
        }
        return TuningReport(
            folder: opened.folder, signature: arguments.signature, machine: Machine.text,
            advice: BatchingAdvice(facts), end: result.end, difference: difference)
    }

    private func write(_ report: TuningReport) throws(Status) -> Exit {
        if let path = arguments.svg { try FileBytes.write(Array(report.svg.utf8), to: path) }
        let file = report.file?.text
        if let path = arguments.output, let file { try FileBytes.write(Array(file.utf8), to: path) }
        let text = report.text(width: Terminal.width, isASCII: isASCII)
        if arguments.isJSON {
            StandardStream.output.write(report.json.text + "\n")
        } else if arguments.output != nil {
            StandardStream.output.write(text)
        } else {
            StandardStream.error.write(text + "\n")
            if let file { StandardStream.output.write(file) }
        }
        guard report.advice.refusal == nil else { return .goalOutOfReach }
        return file == nil ? .failed : .advised
    }
}
