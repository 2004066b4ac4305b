import Models
import ServingCore
import Threading

/// What `bench --server` is told to do.
struct LoadArguments: Equatable {
    var host: String
    var port: UInt16
    var model: String
    var version: Int64?
    var signature = SignatureRunner.defaultName
    var recipe = FeedRecipe()
    var rows = 1
    var connections = 1
    /// Requests under way at a time, on all connections together.
    var concurrency: Int
    var mode = LoadSchedule.Mode.closed
    /// Nanoseconds.
    var duration: UInt64 = 5_000_000_000
    /// Nanoseconds before it that do not count.
    var warmUp: UInt64 = 500_000_000
    /// That send.
    var threads = 1
    var isJSON: Bool
    /// Where a picture of the plots goes.
    var plot: String?

    static let grammar = CommandArguments.Grammar(
        valued: [
            "server", "model", "version", "signature", "input", "shape", "batch", "connections", "concurrency", "rate",
            "arrivals", "seconds", "warm_up", "threads", "plot",
        ],
        switches: ["json"], rest: "nothing")

    /// - Throws: INVALID_ARGUMENT with what is not understood.
    init(_ options: CommandArguments) throws(Status) {
        if let first = options.rest.first {
            throw .invalidArgument("a folder is only read without --server, but there is \(first)")
        }
        (host, port) = try LoadArguments.address(try options.value("server") ?? "")
        guard let name = try options.value("model") else { throw .invalidArgument("--model NAME is missing") }
        model = name
        if let number = try options.integer("version", in: 0...Int.max) { version = Int64(number) }
        if let name = try options.value("signature") { signature = name }
        recipe = try FeedRecipe(options)
        rows = try options.integer("batch", in: 1...1_000_000) ?? rows
        connections = try options.integer("connections", in: 1...10_000) ?? connections
        threads = try options.integer("threads", in: 1...min(connections, 256), hint: " (that of the connections)") ?? 1
        if let rate = try options.decimal("rate", in: 0.01...10_000_000) {
            mode = .open(perSecond: rate, isRandom: try LoadArguments.isRandom(options))
        } else if try options.value("arrivals") != nil {
            throw .invalidArgument("--arrivals only makes sense with --rate")
        }
        let usual = mode == .closed ? connections : max(connections, 1000)
        concurrency = try options.integer("concurrency", in: connections...1_000_000) ?? usual
        duration = try options.decimal("seconds", in: 0.05...86_400).map { UInt64($0 * 1e9) } ?? duration
        warmUp = try options.decimal("warm_up", in: 0...3600).map { UInt64($0 * 1e9) } ?? min(warmUp, duration / 4)
        isJSON = options.has("json")
        plot = try options.value("plot")
    }

    private static func isRandom(_ options: CommandArguments) throws(Status) -> Bool {
        switch try options.value("arrivals") ?? "random" {
        case "random": true
        case "even": false
        case let other: throw .invalidArgument("--arrivals takes random or even, got '\(other)'")
        }
    }

    /// The parts of `HOST:PORT`, where an IPv6 address stands in brackets.
    private static func address(_ text: String) throws(Status) -> (String, UInt16) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw .invalidArgument("--server takes HOST:PORT, as in localhost:8500, got '\(text)'")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw .invalidArgument("--server takes HOST:PORT, got '\(text)'") }
        return (host, port)
    }
}
