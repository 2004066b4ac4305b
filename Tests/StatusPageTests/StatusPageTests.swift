import HTTP
import JSON
import Metrics
import Servables
import ServingCore
import Services
import Synchronization
import Testing

@testable import StatusPage

@Suite struct StatusPageTests {
    private static func page() -> StatusPage {
        var facts = StatusPage.Facts()
        facts.version = "1.2.3"
        facts.computeThreads = 2
        let manager = ServableManager { _, _ in fatalError("nothing is loaded here") }
        manager.configure(["a<b>"])
        return StatusPage(facts, manager, MetricRegistry()) { name in
            name == "a<b>" ? CanvasForm(width: 28, height: 20, isGrey: true) : nil
        }
    }

    private static func ask(_ method: String, _ target: String) -> HTTPResponse {
        var router = HTTPRouter()
        page().register(in: &router)
        let result = Mutex<HTTPResponse?>(nil)
        let request = HTTPRequest(
            method: method, target: target, headers: HTTPHeaders(), body: UnsafeRawBufferPointer(start: nil, count: 0),
            owner: nil)
        let exchange = HTTPExchange(request, arrival: Instant(nanoseconds: 0)) { response in
            result.withLock { $0 = response }
        }
        router.serve(exchange)
        return result.withLock { $0 } ?? HTTPResponse(status: 0)
    }

    private static func text(_ response: HTTPResponse) -> String {
        response.body.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func pageIsOneDocument() {
        let response = Self.ask("GET", "/")
        let text = Self.text(response)
        #expect(response.status == 200)
        #expect(text.hasPrefix("<!doctype html>"))
        #expect(!text.contains("{{nonce}}") && !text.contains("{{style}}") && !text.contains("{{script}}"))
        for elsewhere in ["src=\"", "href=\"http", "@import", "url("] { #expect(!text.contains(elsewhere)) }
    }

    @Test func onlyItsOwnScriptRuns() throws {
        let response = Self.ask("GET", "/")
        let policy = try #require(response.headers.first { $0.name == "Content-Security-Policy" }?.value)
        let mark = try #require(policy.split(separator: "'").first { $0.hasPrefix("nonce-") }?.dropFirst(6))
        #expect(mark.count == 32)
        #expect(Self.text(response).contains("<script nonce=\"\(mark)\">"))
        #expect(policy.hasPrefix("default-src 'none'"))
        let other = Self.ask("GET", "/").headers.first { $0.name == "Content-Security-Policy" }?.value
        #expect(other != policy)
    }

    @Test func stateIsJSON() throws {
        let response = Self.ask("GET", "/page/state")
        let document = try JSONDocument(Array(Self.text(response).utf8))
        defer { withExtendedLifetime(document) {} }
        let root = document.root
        #expect(root["server"]?["version"]?.text == "1.2.3")
        var names: [String] = []
        root["models"]?.forEach { (model: JSONElement) in names.append(model["name"]?.text ?? "") }
        #expect(names == ["a<b>"])
        #expect(Self.text(response).contains("\"picture\": {\"width\": 28, \"height\": 20, \"grey\": true}"))
    }

    @Test func metricsAreFresh() {
        let response = Self.ask("GET", "/page/metrics")
        #expect(response.status == 200)
        #expect(response.headers.contains { $0.name == "Cache-Control" && $0.value == "no-store" })
    }

    @Test(arguments: ["/", "/page/state", "/page/metrics"]) func otherMethodsAreRefused(path: String) {
        let response = Self.ask("POST", path)
        #expect(response.status == 405)
        #expect(response.headers.contains { $0.name == "Allow" && $0.value == "GET, HEAD" })
    }

    @Test func onlyKnownPlacesAreFilled() {
        #expect(PageDocument.filled("a{{x}}{b}{{y}}{", ["x": "{{y}}", "z": ""]) == "a{{y}}{b}{{y}}{")
        #expect(PageDocument.filled("", ["x": "1"]) == "")
    }
}
