import HTTP
import JSON
import Metrics
import Servables
import ServingCore
import Services

/// The page at `/`, for people: which models are served, how they do, and a way to try them. And what it asks for, below
/// `/page/`.
public struct StatusPage: Sendable {
    /// What the page shows beside the models.
    public struct Facts: Sendable {
        public var version = ""
        /// The kind of processor that the engine computes for.
        public var processor = ""
        public var computeThreads = 0
        /// When the server began, milliseconds since 1970.
        public var startMilliseconds: Int64 = 0

        public init() {}
    }

    private let facts: Facts
    private let manager: ServableManager
    private let registry: MetricRegistry
    private let errors: RecentErrors?
    private let picture: @Sendable (_ model: String) -> CanvasForm?

    /// - Parameter picture: what a picture for this model should be like; nil if it takes none.
    public init(
        _ facts: Facts, _ manager: ServableManager, _ registry: MetricRegistry, errors: RecentErrors? = nil,
        picture: @escaping @Sendable (_ model: String) -> CanvasForm? = { _ in nil }
    ) {
        self.facts = facts
        self.manager = manager
        self.registry = registry
        self.errors = errors
        self.picture = picture
    }

    /// Answers `/` and what the page asks for.
    public func register(in router: inout HTTPRouter) {
        router.add(path: "/") { $0.respond(StatusPage.onlyReading($0) ?? PageDocument.response()) }
        router.add(path: "/page/state") { exchange in
            exchange.respond(StatusPage.onlyReading(exchange) ?? StatusPage.json(state))
        }
        router.add(path: "/page/metrics") { exchange in
            let answer = StatusPage.onlyReading(exchange)
            exchange.respond(
                answer ?? StatusPage.fresh(HTTPResponse(contentType: "text/plain; charset=utf-8", text: registry.text)))
        }
    }

    /// The refusal of a method that would change something; nil for GET and HEAD.
    private static func onlyReading(_ exchange: HTTPExchange) -> HTTPResponse? {
        guard !["GET", "HEAD"].contains(exchange.request.method) else { return nil }
        var response = HTTPResponse(
            status: 405, contentType: "text/plain", text: "only GET and HEAD are answered here\n")
        response.headers.append((name: "Allow", value: "GET, HEAD"))
        return response
    }

    private static func json(_ value: JSONValue) -> HTTPResponse {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return fresh(HTTPResponse(contentType: "application/json", body: HTTPBody(bytes)))
    }

    private static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers.append((name: "Cache-Control", value: "no-store"))
        response.headers.append((name: "X-Content-Type-Options", value: "nosniff"))
        return response
    }

    // MARK: - The state as JSON

    private var state: JSONValue {
        .object([
            ("server", server),
            ("models", .array(manager.knownNames.map(model))),
            ("changes", .array(manager.recentChanges.suffix(100).map(StatusPage.change))),
            ("errors", .array(errors?.all.map(StatusPage.error) ?? [])),
        ])
    }

    private var server: JSONValue {
        .object([
            ("version", .string(facts.version)), ("processor", .string(facts.processor)),
            ("compute_threads", .count(facts.computeThreads)), ("start", .number(facts.startMilliseconds)),
        ])
    }

    private func model(_ name: String) -> JSONValue {
        let labels = manager.labels(of: name).sorted { $0.key < $1.key }
        return .object([
            ("name", .string(name)),
            ("configured", .bool(manager.isConfigured(name))),
            ("labels", .object(labels.map { ($0.key, .string(String($0.value))) })),
            ("picture", picture(name).map(\.json) ?? .null),
            ("versions", .array(manager.versions(of: name).map(StatusPage.version))),
        ])
    }

    private static func version(_ state: ServableVersionState) -> JSONValue {
        .object([
            ("version", .string(String(state.id.version))), ("state", .string(state.state.name)),
            ("code", .string(state.status.code.name)), ("message", .string(state.status.message)),
        ])
    }

    private static func change(_ change: ServableStateChange) -> JSONValue {
        .object([
            ("time", .number(change.milliseconds)), ("model", .string(change.state.id.name)),
            ("version", .string(String(change.state.id.version))), ("state", .string(change.state.state.name)),
            ("message", .string(change.state.status.message)),
        ])
    }

    private static func error(_ error: RecentErrors.Entry) -> JSONValue {
        .object([
            ("time", .number(error.milliseconds)), ("model", .string(error.model)),
            ("method", .string(error.method.name)), ("transport", .string(error.entryPoint.name)),
            ("code", .string(error.code.name)), ("message", .string(error.message)),
        ])
    }
}

/// What a picture for a model should be like, for the page to draw and to send.
public struct CanvasForm: Sendable, Hashable {
    public var width: Int
    public var height: Int
    public var isGrey: Bool

    public init(width: Int, height: Int, isGrey: Bool) {
        self.width = width
        self.height = height
        self.isGrey = isGrey
    }

    var json: JSONValue {
        .object([("width", .count(width)), ("height", .count(height)), ("grey", .bool(isGrey))])
    }
}
