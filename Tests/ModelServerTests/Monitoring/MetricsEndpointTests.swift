import HTTP
import ServingCore
import Testing
import Threading

@testable import ModelServer

/// Asks a router as an HTTP server would.
struct RouterPeer {
    struct Answer: Equatable {
        let status: Int
        let contentType: String?
        let text: String
    }

    let router: HTTPRouter

    func ask(_ target: String, method: String = "GET") -> Answer { begin(target, method: method)() }

    /// Returns what waits for the answer.
    func begin(_ target: String, method: String = "GET") -> () -> Answer {
        let answers = ConditionLock<[Answer]>([])
        let request = HTTPRequest(
            method: method, target: target, headers: HTTPHeaders(),
            body: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
        router.serve(
            HTTPExchange(request, arrival: Instant(nanoseconds: 0)) { response in
                let text = response.body.withBytes { String(decoding: $0, as: UTF8.self) }
                let contentType = response.headers.first { $0.name == "Content-Type" }?.value
                answers.withLockNotifyingAll {
                    $0.append(Answer(status: response.status, contentType: contentType, text: text))
                }
            })
        return { answers.wait { $0.first } }
    }
}

@Suite struct MetricsEndpointTests {
    private func peer(_ endpoint: MetricsEndpoint) -> RouterPeer {
        var router = HTTPRouter()
        endpoint.register(in: &router)
        return RouterPeer(router: router)
    }

    @Test func bothPathsAnswer() {
        let endpoint = MetricsEndpoint(path: "/monitoring/prometheus/metrics") { Array("x 1\n".utf8) }
        defer { endpoint.stop() }
        let peer = peer(endpoint)
        #expect(
            peer.ask("/monitoring/prometheus/metrics", method: "POST")
                == RouterPeer.Answer(status: 200, contentType: "text/plain", text: "x 1\n"))
        #expect(
            peer.ask("/metrics?debug=1")
                == RouterPeer.Answer(
                    status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", text: "x 1\n"))
        #expect(
            peer.ask("/monitoring/prometheus/metrics?x=y")
                == RouterPeer.Answer(
                    status: 400, contentType: "text/plain",
                    text:
                        "Unexpected path: /monitoring/prometheus/metrics?x=y. Should be /monitoring/prometheus/metrics")
        )
    }

    @Test func commonPathMayBeTheConfiguredOne() {
        let endpoint = MetricsEndpoint(path: "/metrics") { [] }
        defer { endpoint.stop() }
        #expect(peer(endpoint).ask("/metrics?x").status == 200)
    }

    @Test func oneTextIsMadeForAllWhoWait() {
        let gate = ConditionLock(0)
        let made = ConditionLock(0)
        let endpoint = MetricsEndpoint(path: "/p") {
            made.withLockNotifyingAll { $0 += 1 }
            gate.wait { $0 > 0 ? () : nil }
            return Array("x".utf8)
        }
        defer { endpoint.stop() }
        let peer = peer(endpoint)
        let first = peer.begin("/p")
        made.wait { $0 == 1 ? () : nil }
        let others = (0..<MetricsEndpoint.waitingLimit).map { _ in peer.begin("/p") }
        #expect(peer.ask("/p").status == 503)
        gate.withLockNotifyingAll { $0 = 1 }
        #expect(first().status == 200)
        for other in others { #expect(other().status == 200) }
        #expect(made.withLock { $0 } == 2)
    }
}
