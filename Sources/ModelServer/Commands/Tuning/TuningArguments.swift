import Models
import ServingCore
import Threading

/// What the command `tune-batching` is told to do.
struct TuningArguments: Equatable {
    var folder: String
    var tags = ["serve"]
    var signature = SignatureRunner.defaultName
    var recipe = FeedRecipe()
    /// Nanoseconds.
    var goal: UInt64?
    /// Nanoseconds.
    var budget: UInt64 = 10_000_000_000
    var maximumRows: Int?
    var requestRows = 1000
    var threads: Int
    var svg: String?
    var output: String?
    var isJSON: Bool
    var isASCII: Bool

    static let grammar = CommandArguments.Grammar(
        valued: [
            "tag_set", "signature", "input", "shape", "p99_ms", "seconds", "max_batch_size", "max_request_rows",
            "threads",
            "svg", "output",
        ], switches: ["json", "ascii"], rest: "a folder")

    /// - Parameter processors: how many threads the server would have.
    /// - Throws: INVALID_ARGUMENT with what is not understood.
    init(_ options: CommandArguments, processors: Int = ProcessorCount.available) throws(Status) {
        folder = try options.only("a folder")
        if let text = try options.value("tag_set") { tags = CommandArguments.tags(text) }
        if let name = try options.value("signature") { signature = name }
        recipe = try FeedRecipe(options)
        goal = try options.decimal("p99_ms", in: 0.001...3_600_000).map { UInt64($0 * 1e6) }
        budget = try options.decimal("seconds", in: 0.1...3600).map { UInt64($0 * 1e9) } ?? budget
        maximumRows = try options.integer("max_batch_size", in: 2...1_000_000)
        requestRows = try options.integer("max_request_rows", in: 1...1_000_000_000) ?? requestRows
        let hint = " (this machine has so many processors)"
        threads = try options.integer("threads", in: 1...processors, hint: hint) ?? processors
        svg = try options.value("svg")
        output = try options.value("output")
        isJSON = options.has("json")
        isASCII = options.has("ascii")
    }
}

extension CommandArguments {
    /// The whole number that an option has. Throws INVALID_ARGUMENT if it is none, or not in `range`.
    func integer(_ name: String, in range: ClosedRange<Int>, hint: String = "") throws(Status) -> Int? {
        guard let text = try value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalidArgument(
                "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound)\(hint), got '\(text)'")
        }
        return number
    }

    /// The number that an option has. Throws INVALID_ARGUMENT if it is none, or not in `range`.
    func decimal(_ name: String, in range: ClosedRange<Double>) throws(Status) -> Double? {
        guard let text = try value(name) else { return nil }
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard isPlain, let number = Double(text), range.contains(number) else {
            let (least, most) = (CommandArguments.plain(range.lowerBound), CommandArguments.plain(range.upperBound))
            throw .invalidArgument("--\(name) takes a number from \(least) to \(most), got '\(text)'")
        }
        return number
    }

    private static func plain(_ number: Double) -> String {
        number >= 1 && number == number.rounded() ? String(Int(number)) : "\(number)"
    }
}
