import MicrokernelTypes
import Models
import ServingCore
import Threading

/// What the command `bench` is told to do.
struct BenchArguments: Equatable {
    var folder: String
    var tags = ["serve"]
    var signature = SignatureRunner.defaultName
    var recipe = FeedRecipe()
    var rows = 1
    /// Nanoseconds.
    var duration: UInt64 = 3_000_000_000
    /// That compute; all of them help one run.
    var threads: Int
    /// Runs at the same time.
    var runners = 1
    /// What large weights are kept in.
    var precision = WeightPrecision.float
    var isJSON: Bool
    /// Whether to say which kernels take how long.
    var profiles: Bool
    /// Where a trace of some runs goes.
    var trace: String?

    static let grammar = CommandArguments.Grammar(
        valued: [
            "tag_set", "signature", "input", "shape", "batch", "seconds", "threads", "concurrency", "precision",
            "trace",
        ],
        switches: ["json", "profile"], rest: "a folder")

    /// - Parameter processors: how many threads compute unless something else is said.
    /// - Throws: INVALID_ARGUMENT with what is not understood.
    init(_ options: CommandArguments, processors: Int = ProcessorCount.available) throws(Status) {
        folder = try options.only("a folder")
        if let text = try options.value("tag_set") { tags = CommandArguments.tags(text) }
        if let name = try options.value("signature") { signature = name }
        recipe = try FeedRecipe(options)
        rows = try options.integer("batch", in: 1...1_000_000) ?? rows
        duration = try options.decimal("seconds", in: 0.01...86_400).map { UInt64($0 * 1e9) } ?? duration
        threads = try options.integer("threads", in: 1...1024) ?? processors
        let hint = " (that of the threads)"
        runners = try options.integer("concurrency", in: 1...threads, hint: hint) ?? runners
        precision = try options.precision ?? precision
        isJSON = options.has("json")
        profiles = options.has("profile")
        trace = try options.value("trace")
    }
}
