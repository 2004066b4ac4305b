import ServingCore
import Synchronization
import Threading
import Transports

@testable import HTTP

/// A server on a free port with a few handlers, for the length of a test.
final class HTTPTestServer {
    /// Requests that a handler keeps without answering.
    final class Kept: Sendable {
        private let exchanges = ConditionLock<[HTTPExchange]>([])

        func append(_ exchange: HTTPExchange) { exchanges.withLockNotifyingAll { $0.append(exchange) } }

        func next() -> HTTPExchange? {
            let deadline = SystemClock().nanoseconds() + 60_000_000_000
            return exchanges.wait(untilNanoseconds: deadline) { $0.isEmpty ? nil : $0.removeFirst() }
        }

        func removeAll() { exchanges.withLock { $0 = [] } }
    }

    let server: HTTPServer
    let port: UInt16
    let kept = Kept()
    private let group: EventLoopGroup
    private let ownsGroup: Bool
    private let pool = ThreadPool(name: "answer", threadCount: 2)

    /// - Parameters:
    ///   - group: goes on when the server has ended; nil: one of its own.
    ///   - serveHTTP2: as of the server.
    init(
        _ change: (inout HTTPServer.Options) -> Void = { _ in }, on group: EventLoopGroup? = nil,
        serveHTTP2: (@Sendable (Int32) -> Void)? = nil
    ) throws {
        var options = HTTPServer.Options()
        options.threads = 2
        let pool = pool
        options.offload = { pool.submit($0) }
        change(&options)
        ownsGroup = group == nil
        let group = try group ?? EventLoopGroup(count: 2)
        self.group = group
        server = try HTTPServer(
            router: HTTPTestServer.router(pool, kept), group: group, options: options, serveHTTP2: serveHTTP2)
        port = try server.listen(on: .port(0))!
    }

    deinit {
        kept.removeAll()
        server.drain(withinNanoseconds: 1_000_000_000)
        if ownsGroup { group.stop() }
        pool.stop()
    }

    private static func router(_ pool: ThreadPool, _ kept: Kept) -> HTTPRouter {
        var router = HTTPRouter()
        router.add(path: "/echo") { echo($0) }
        router.add(path: "/later") { exchange in pool.submit { echo(exchange) } }
        router.add(path: "/keep") { kept.append($0) }
        router.add(path: "/forget") { _ in }
        router.add(path: "/text") { exchange in
            let count = exchange.request.query.flatMap { Int($0) } ?? 0
            let text = String(repeating: "abcdefgh", count: count / 8)
            pool.submit { exchange.respond(HTTPResponse(contentType: "text/plain", text: text)) }
        }
        router.add(path: "/split") { exchange in
            var response = HTTPResponse(contentType: "text/plain", text: "x")
            response.headers.append((name: "X-Bad", value: "a\r\nX-Worse: b"))
            response.headers.append((name: "Content-Length", value: "77"))
            exchange.respond(response)
        }
        return router
    }

    /// Answers with the body; fields say what else came.
    private static func echo(_ exchange: HTTPExchange) {
        let request = exchange.request
        // The bytes behind the body must be readable.
        let start = request.body.baseAddress!
        let behind = UnsafeRawBufferPointer(start: start + request.body.count, count: HTTPRequest.padding)
        let zeros = behind.allSatisfy { $0 == 0 }
        exchange.respond(
            HTTPResponse(
                status: 200,
                headers: [
                    (name: "Content-Type", value: "application/octet-stream"),
                    (name: "X-Method", value: request.method), (name: "X-Target", value: request.target),
                    (name: "X-Host", value: request.headers["host"] ?? "none"),
                    (name: "X-Padding", value: "\(zeros)"),
                ], body: HTTPBody(Array(request.body))))
    }
}
