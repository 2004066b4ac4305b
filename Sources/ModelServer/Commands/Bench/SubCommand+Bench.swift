import Execution
import Kernels
import Models
import Profiling
import ServingCore
import TensorFiles
import Tensors
import Threading

extension SubCommand {
    /// `bench DIR`: how long does a run take? `bench --server`: how long does an answer take?
    static let bench = SubCommand(
        name: "bench", summary: "measures how long a model takes, with or without a server", usage: benchUsage
    ) { program, arguments in
        if LoadCommand.isMeant(by: arguments) {
            return execute(program, "bench", arguments, LoadArguments.grammar, usage: benchUsage(program)) {
                options throws(UsageError) in
                LoadCommand.run(try UsageError.wrapping { () throws(Status) in try LoadArguments(options) })
            }
        }
        return execute(program, "bench", arguments, BenchArguments.grammar, usage: benchUsage(program)) {
            options throws(UsageError) in
            let wanted = try UsageError.wrapping { () throws(Status) in try BenchArguments(options) }
            do throws(Status) {
                OpenBLAS.prepareEnvironment()
                StandardStream.quietLog()
                let report = try ModelBench(wanted).run()
                StandardStream.output.write(wanted.isJSON ? report.json.text + "\n" : report.text)
                return 0
            } catch {
                StandardStream.error.write("\(error)\n")
                return 1
            }
        }
    }

    @Sendable private static func benchUsage(_ program: String) -> String {
        """
        usage: \(program) bench [OPTIONS] DIR
               \(program) bench --server HOST:PORT --model NAME [OPTIONS]

        Loads a SavedModel and runs a signature of it again and again, without a server: tells how long loading and runs
        take, and how much memory. DIR is the folder of a version, or that of a model, whose newest version is taken.

          --batch N           rows of a run; otherwise 1
          --seconds S         how long to measure; otherwise 3
          --threads N         threads that compute; otherwise as many as there are processors
          --concurrency N     runs at a time, up to the number of threads; otherwise one, with the help of all threads
          --signature NAME    the signature to run; otherwise serving_default
          --tag_set TAGS      the MetaGraph with exactly these tags, separated by commas; otherwise serve
          --input NAME=VALUE  the value of an input, as 'run' takes it; rows are repeated to fill the batch. Inputs are made
                              up otherwise: fractions from 0 to 1, integers below 1000, empty strings
          --shape NAME=SIZES  the sizes of one row of an input that is made up, as in tokens=128; otherwise those of the
                              signature, and 1 for each that it leaves open
          --precision WORD    keep large weights as bf16 or int8_weights, and tell how much that changes the outputs for the same
                              inputs: afterwards the model is loaded a second time, as it is
          --profile           tell which kernels and nodes take how long, too, from further runs, and how fast they are
                              beside what the machine can do
          --trace FILE        write some runs in Chrome's trace format, for chrome://tracing or ui.perfetto.dev
          --json              the report is one JSON object
          --help              prints this text and ends

        With --server it sends Predict calls to a running server instead, whose metadata tells what the inputs are:

          --model NAME        the model; --version N for one of its versions
          --connections N     otherwise one
          --concurrency N     requests under way at a time; otherwise as many as connections. A request follows as soon as
                              an answer has come
          --rate R            so many requests per second instead, whether or not answers come; times count from when a
                              request should have been sent. Up to --concurrency requests, 1000 unless it is given, are
                              under way
          --arrivals KIND     with --rate: random (the default) or even distances
          --warm_up S         seconds that do not count, before those that do; otherwise 0.5
          --threads N         threads that send; otherwise one
          --plot FILE         write curves of the latency and of the answers per second as an SVG picture
          and --batch, --seconds (otherwise 5), --signature, --input, --shape and --json as above

        Exit status: 0 if it ran and, with --server, all requests were answered well; 1 if something is wrong, 2 if the
        command is not understood.

        """
    }
}

/// Runs one signature again and again.
struct ModelBench {
    private let arguments: BenchArguments
    private let clock: any Clock

    init(_ arguments: BenchArguments, clock: any Clock = SystemClock()) {
        self.arguments = arguments
        self.clock = clock
    }

    /// Throws what is wrong with the folder, the model, an input, or a run.
    func run() throws(Status) -> BenchReport {
        if let path = arguments.trace { try FileBytes.checkWritable(path) }
        let threads = ThreadPool(name: "compute", threadCount: arguments.threads)
        defer { threads.stop() }
        let recorder = RunRecorder()
        let start = clock.nanoseconds()
        let opened = try OpenedModel(
            arguments.folder, tags: arguments.tags, signature: arguments.signature, precision: arguments.precision,
            threads: threads, recorder: recorder)
        let loaded = clock.nanoseconds()
        let loadPeak = peakMemory()
        if let remark = opened.folder.remark { StandardStream.error.write("\(remark)\n") }
        try arguments.recipe.check(opened.runner)
        let (feeds, firstRun) = try firstRun(opened)
        let body: RunBurst.Body = { () throws(Status) in _ = try opened.run(feeds) }
        // What is faster from the second or third run on is not what is asked for.
        _ = try measure(body, threads, nanoseconds: min(arguments.duration / 10, 500_000_000))
        let burst = try measure(body, threads, nanoseconds: arguments.duration, progress: "measuring")
        let peak = peakMemory()
        let profile = try profile(opened, feeds, recorder)
        return BenchReport(
            folder: opened.folder, arguments: arguments, machine: Machine.text, loadTime: loaded &- start,
            firstRun: firstRun, burst: burst, loadPeakMemory: loadPeak, peakMemory: peak, profile: profile,
            precision: try precision(opened, feeds))
    }

    /// The most memory that the process has had so far, in bytes; nil if the system does not tell.
    private func peakMemory() -> Int? {
        SystemFile.contents(of: "/proc/self/status").flatMap { SystemFile.number("VmHWM", in: $0) }.map { $0 &* 1024 }
    }

    /// What narrow weights change, if there are any.
    private func precision(_ opened: OpenedModel, _ feeds: [Tensor]) throws(Status) -> BenchReport.Precision? {
        guard let reduction = opened.model.reduction else { return nil }
        let full = try OpenedModel(
            arguments.folder, tags: arguments.tags, signature: arguments.signature, threads: opened.threads)
        let comparison = PrecisionComparison(
            names: opened.runner.computedOutputs, full: try full.run(feeds), narrow: try opened.run(feeds))
        return BenchReport.Precision(reduction: reduction, comparison: comparison)
    }

    /// Records further runs, as far as that is asked for, so that those that were measured are not slower for it.
    private func profile(
        _ opened: OpenedModel, _ feeds: [Tensor], _ recorder: RunRecorder
    ) throws(Status) -> BenchReport.Profile? {
        guard arguments.profiles || arguments.trace != nil else { return nil }
        let rates = arguments.profiles ? try rates(opened, feeds, recorder) : nil
        guard recorder.start(limit: ModelBench.recordLimit) else { return nil }
        let body: RunBurst.Body = { () throws(Status) in _ = try opened.run(feeds) }
        _ = try measure(
            body, opened.threads, nanoseconds: min(arguments.duration, 2_000_000_000), progress: "profiling")
        guard let recording = recorder.stop() else { return nil }
        if let path = arguments.trace {
            try FileBytes.write(ChromeTrace(recording).json(byteLimit: ModelBench.traceLimit), to: path)
        }
        return rates.map { BenchReport.Profile(summary: ProfileSummary(recording), rates: $0) }
    }

    /// How much work one run is, beside what the machine can do.
    private func rates(
        _ opened: OpenedModel, _ feeds: [Tensor], _ recorder: RunRecorder
    ) throws(Status) -> WorkRates {
        let limits = try MachineLimits.measure(on: opened.threads, clock: clock)
        let tally = WorkTally()
        _ = recorder.start(limit: 1, observer: tally)
        defer { _ = recorder.stop() }
        _ = try opened.run(feeds)
        return WorkRates(tally, limits: limits.shared(by: arguments.runners))
    }

    /// Runs and steps that are recorded.
    private static let recordLimit = 1_000_000
    /// Bytes of a trace.
    private static let traceLimit = 256 << 20

    /// - Parameter progress: what is said to be going on, if it is worth saying.
    private func measure(
        _ body: @escaping RunBurst.Body, _ threads: ThreadPool, nanoseconds: UInt64, progress: String? = nil
    ) throws(Status) -> RunBurst {
        var line = ProgressLine(clock)
        defer { line.clear() }
        let total = Readable.duration(nanoseconds)
        return try RunBurst.measure(
            arguments.runners, on: threads, nanoseconds: nanoseconds, clock: clock,
            progress: { elapsed in
                guard let progress else { return }
                line.show("\(progress), \(elapsed / 1_000_000_000) s of \(total)")
            }, body)
    }

    /// Inputs that the model takes, and the time of the run that showed it.
    private func firstRun(_ opened: OpenedModel) throws(Status) -> ([Tensor], UInt64) {
        var failure: Status?
        for range in MadeUpRows.Range.allCases {
            let feeds = try arguments.recipe.wholeFeeds(for: opened.runner, rows: arguments.rows, range: range)
            let start = clock.nanoseconds()
            do throws(Status) {
                _ = try opened.run(feeds)
                return (feeds, clock.nanoseconds() &- start)
            } catch {
                failure = failure ?? error
                if arguments.recipe.isComplete(for: opened.runner) { throw error }
            }
        }
        throw failure!.prefixed("made-up inputs do not do for this model, give it some by --input NAME=FILE: ")
    }
}
