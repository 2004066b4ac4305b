import HTTP
import ServingCore
import Synchronization
import Testing

/// Who answered a request for `target`, as the name in the body.
private func answer(_ router: HTTPRouter, to target: String) -> HTTPResponse? {
    let result = Mutex<HTTPResponse?>(nil)
    let request = HTTPRequest(
        method: "GET", target: target, headers: HTTPHeaders(), body: UnsafeRawBufferPointer(start: nil, count: 0),
        owner: nil)
    let exchange = HTTPExchange(request, arrival: Instant(nanoseconds: 0)) { response in
        result.withLock { $0 = response }
    }
    router.serve(exchange)
    return result.withLock { $0 }
}

private func text(_ response: HTTPResponse?) -> String? {
    response.map { response in response.body.withBytes { String(decoding: $0, as: UTF8.self) } }
}

private func named(_ name: String) -> HTTPHandler {
    { $0.respond(HTTPResponse(contentType: "text/plain", text: name)) }
}

@Suite struct HTTPRouterTests {
    @Test func longestPrefixAnswers() {
        var router = HTTPRouter()
        router.add(prefix: "/v1/", named("short"))
        router.add(prefix: "/v1/models/", named("long"))
        router.add(path: "/metrics", named("metrics"))
        #expect(text(answer(router, to: "/v1/other")) == "short")
        #expect(text(answer(router, to: "/V1/Models/m:predict?x")) == "long")
        #expect(text(answer(router, to: "/metrics?name=x")) == "metrics")
    }

    @Test func unknownPathIsNotFound() {
        let response = answer(HTTPRouter(), to: "/nothing")
        #expect(response?.status == 404)
        #expect(text(response)?.hasPrefix("<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>") == true)
    }

    @Test func headerNamesAreInLowerCase() {
        let headers = HTTPHeaders([("Accept", "a"), ("X-Y", "b"), ("accept", "c")])
        #expect(headers["accept"] == "a")
        #expect(headers.values(of: "accept") == ["a", "c"])
        #expect(headers["x-z"] == nil)
    }

    @Test func secondAnswerIsDropped() {
        let count = Atomic<Int>(0)
        let request = HTTPRequest(
            method: "GET", target: "/a?b?c", headers: HTTPHeaders(),
            body: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
        #expect(request.path == "/a")
        #expect(request.query == "b?c")
        let exchange = HTTPExchange(request, arrival: Instant(nanoseconds: 0)) { _ in
            count.add(1, ordering: .relaxed)
        }
        exchange.respond(HTTPResponse(status: 200))
        exchange.respond(HTTPResponse(status: 500))
        #expect(count.load(ordering: .relaxed) == 1)
    }
}
