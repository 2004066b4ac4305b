/// Who answers which path. To be filled before the server starts.
public struct HTTPRouter: Sendable {
    private var exact: [String: HTTPHandler] = [:]
    private var prefixes: [(prefix: String, handler: HTTPHandler)] = []

    public init() {}

    /// `handler` answers every method for the path `path`, whatever query follows it. It replaces who was there before.
    public mutating func add(path: String, _ handler: @escaping HTTPHandler) { exact[path] = handler }

    /// `handler` answers every method for all paths that begin with `prefix`, in whatever case, and are not added by
    /// themselves; the longest prefix counts.
    public mutating func add(prefix: String, _ handler: @escaping HTTPHandler) {
        prefixes.append((prefix: prefix.lowercased(), handler: handler))
        prefixes.sort { $0.prefix.utf8.count > $1.prefix.utf8.count }
    }

    /// Hands the request to whom its path belongs; without anybody it is answered with 404 in HTML.
    public func serve(_ exchange: HTTPExchange) {
        let path = String(exchange.request.path)
        if let handler = exact[path] { return handler(exchange) }
        let lowered = path.lowercased()
        if let (_, handler) = prefixes.first(where: { lowered.hasPrefix($0.prefix) }) { return handler(exchange) }
        exchange.respond(HTTPRouter.notFound)
    }

    private static var notFound: HTTPResponse {
        let page = """
            <HTML><HEAD>
            <TITLE>404 Not Found</TITLE>
            </HEAD><BODY>
            <H1>Not Found</H1>
            </BODY></HTML>

            """
        var response = HTTPResponse(status: 404, contentType: "text/html", text: page)
        response.headers.append((name: "Connection", value: "close"))
        return response
    }
}
