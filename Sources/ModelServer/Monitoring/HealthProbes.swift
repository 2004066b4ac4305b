import HTTP
import JSON
import Servables

/// What an orchestrator asks: whether the process lives, has come through its start, and takes requests.
struct HealthProbes: Sendable {
    private let health: ServerHealth
    private let overview: @Sendable () -> ServableOverview

    /// - Parameter overview: of the models, at this moment.
    init(_ health: ServerHealth, overview: @escaping @Sendable () -> ServableOverview) {
        self.health = health
        self.overview = overview
    }

    func register(in router: inout HTTPRouter) {
        router.add(path: "/healthz/live") { exchange in
            HealthProbes.answer(exchange) { Answer(status: "live", missing: []) }
        }
        router.add(path: "/healthz/startup") { exchange in
            HealthProbes.answer(exchange) { Answer(status: "started", missing: startup()) }
        }
        router.add(path: "/healthz/ready") { exchange in
            HealthProbes.answer(exchange) { readiness(exchange.request.query) }
        }
    }

    /// What is answered; 200 if nothing is missing, otherwise 503.
    struct Answer {
        let status: String
        var missing: [JSONValue]
        /// What is wrong with the question; nil: nothing.
        var refusal: String?

        init(status: String, missing: [JSONValue], refusal: String? = nil) {
            self.status = status
            self.missing = missing
            self.refusal = refusal
        }

        var code: Int { refusal != nil ? 400 : missing.isEmpty ? 200 : 503 }

        var json: JSONValue {
            if let refusal { return .object([("error", .string(refusal))]) }
            guard !missing.isEmpty else { return .object([("status", .string(status))]) }
            return .object([("status", .string("not \(status)")), ("missing", .array(missing))])
        }
    }

    private static func answer(_ exchange: HTTPExchange, _ answer: () -> Answer) {
        guard ["GET", "HEAD"].contains(exchange.request.method) else {
            var response = HTTPResponse(
                status: 405, contentType: "application/json", text: #"{"error": "only GET and HEAD are answered here"}"#
            )
            response.headers.append((name: "Allow", value: "GET, HEAD"))
            return exchange.respond(response)
        }
        let answer = answer()
        var response = HTTPResponse(
            status: answer.code, contentType: "application/json", text: answer.json.text + "\n")
        response.headers.append((name: "Cache-Control", value: "no-store"))
        exchange.respond(response)
    }

    /// What has not been tried yet; nothing once everything has been, whatever comes later.
    private func startup() -> [JSONValue] {
        health.hasTriedModels ? [] : HealthProbes.unsettled(overview())
    }

    /// Ready as the gRPC health service says, from when every model has been tried once until the end; the question may ask for
    /// more: `model=NAME`, as often as there are names, or `require=all`.
    private func readiness(_ query: Substring?) -> Answer {
        let wanted: Requirement
        do {
            wanted = try Requirement(query)
        } catch {
            return Answer(status: "ready", missing: [], refusal: error.text)
        }
        // The usual question takes no lock of the manager.
        if health.isServing, wanted.asksForNothing { return Answer(status: "ready", missing: []) }
        let overview = overview()
        var missing: [JSONValue] = []
        if health.isEnding {
            missing.append(.object([("reason", .string("the server has been told to end"))]))
        }
        let hasTriedModels = health.hasTriedModels
        if !hasTriedModels { missing += HealthProbes.unsettled(overview) }
        let told = hasTriedModels ? [] : overview.unsettled
        for name in wanted.models(overview) where !overview.isServed(name) && !told.contains(name) {
            missing.append(HealthProbes.unserved(name, overview))
        }
        return Answer(status: "ready", missing: missing)
    }

    private static func unsettled(_ overview: ServableOverview) -> [JSONValue] {
        let names = overview.unsettled.filter { !overview.isServed($0) }
        guard !names.isEmpty else {
            return [.object([("reason", .string("versions of models are being loaded for the first time"))])]
        }
        return names.map { unserved($0, overview) }
    }

    /// Why a model can't be asked.
    private static func unserved(_ name: String, _ overview: ServableOverview) -> JSONValue {
        guard overview.configured.contains(name) else {
            return .object([("model", .string(name)), ("reason", .string("there is no such model"))])
        }
        guard let latest = overview.versions[name]?.first else {
            return .object([("model", .string(name)), ("reason", .string("no version has been found"))])
        }
        var members: [(String, JSONValue)] = [
            ("model", .string(name)), ("version", .number(latest.id.version)), ("state", .string(latest.state.name)),
        ]
        if !latest.status.isOK { members.append(("reason", .string("\(latest.status)"))) }
        return .object(members)
    }
}

/// What a question for readiness asks for beside that models have been tried.
private enum Requirement {
    /// Models that must be served.
    case models([String])
    /// All that are configured.
    case all

    struct Fault: Error {
        let text: String
    }

    init(_ query: Substring?) throws(Fault) {
        var names: [String] = []
        var wantsAll = false
        for part in (query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                PercentCoding.decoded($0)
            }
            switch (pair[0], pair.count > 1 ? pair[1] : "") {
            case ("model", let name) where !name.isEmpty: names.append(name)
            case ("require", "all"): wantsAll = true
            default:
                throw Fault(text: "expected model=NAME or require=all; was \(part.prefix(100))")
            }
        }
        self = wantsAll ? .all : .models(names)
    }

    /// Whether it is enough that models have been tried.
    var asksForNothing: Bool {
        if case .models(let names) = self { names.isEmpty } else { false }
    }

    func models(_ overview: ServableOverview) -> [String] {
        switch self {
        case .models(let names): names
        case .all: overview.configured
        }
    }
}

/// The percent-encoding of URLs.
private enum PercentCoding {
    /// `text` with every `%` and two hexadecimal digits replaced by their byte.
    static func decoded(_ text: Substring) -> String {
        guard text.contains("%") else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let decoded = UInt8(digits, radix: 16) {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
