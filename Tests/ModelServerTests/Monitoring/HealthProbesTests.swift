import HTTP
import Servables
import ServingCore
import Testing
import Threading

@testable import ModelServer

@Suite struct HealthProbesTests {
    private struct Refusal: Loader {
        func load() throws(Status) -> any Servable { throw .invalidArgument("it is broken") }
        func fingerprint() -> UInt64? { nil }
    }

    private final class Dummy: Servable {}

    private struct Success: Loader {
        func load() throws(Status) -> any Servable { Dummy() }
        func fingerprint() -> UInt64? { nil }
    }

    private let manager = ServableManager { id, _ -> any Loader in
        if id.name == "bad" { return Refusal() }
        return Success()
    }

    private func peer() -> (RouterPeer, ServerHealth) {
        let health = ServerHealth(services: [], manager: manager)
        var router = HTTPRouter()
        HealthProbes(health) { [manager] in manager.overview }.register(in: &router)
        return (RouterPeer(router: router), health)
    }

    private func load(_ names: [String]) {
        for name in names { manager.setAspired(name, [AspiredVersion(version: 1, path: "/\(name)/1")]) }
        manager.waitForFirstLoads()
    }

    @Test func serverIsReadyWhenEveryModelHasBeenTried() {
        let (peer, _) = peer()
        manager.configure(["good", "bad"])
        #expect(peer.ask("/healthz/live").status == 200)
        for path in ["/healthz/ready", "/healthz/startup"] {
            let answer = peer.ask(path)
            #expect(answer.status == 503 && answer.contentType == "application/json")
            #expect(answer.text.contains(#"{"model": "bad", "reason": "no version has been found"}"#))
        }
        load(["good", "bad"])
        #expect(peer.ask("/healthz/ready").text == "{\"status\": \"ready\"}\n")
        #expect(peer.ask("/healthz/startup").text == "{\"status\": \"started\"}\n")
        manager.stop()
    }

    @Test func questionMayAskForModels() {
        let (peer, _) = peer()
        manager.configure(["good", "bad"])
        load(["good", "bad"])
        #expect(peer.ask("/healthz/ready?model=good").status == 200)
        #expect(peer.ask("/healthz/ready?model=g%6Fod").status == 200)
        let all = peer.ask("/healthz/ready?require=all")
        #expect(all.status == 503)
        #expect(
            all.text.contains(
                #""missing": [{"model": "bad", "version": 1, "state": "END", "reason": "INVALID_ARGUMENT: it is broken"}]"#
            ))
        #expect(peer.ask("/healthz/ready?model=other").text.contains("there is no such model"))
        // A model that is added later does not make the server unready, but whoever asks for it.
        manager.configure(["good", "bad", "later"])
        #expect(peer.ask("/healthz/ready").status == 200)
        #expect(peer.ask("/healthz/ready?model=later").status == 503)
        #expect(peer.ask("/healthz/ready?x=y").status == 400)
        #expect(peer.ask("/healthz/ready", method: "POST").status == 405)
        manager.stop()
    }

    @Test func serverThatEndsIsNotReady() {
        let (peer, health) = peer()
        #expect(peer.ask("/healthz/ready").status == 200)
        health.end()
        let answer = peer.ask("/healthz/ready")
        #expect(answer.status == 503 && answer.text.contains("the server has been told to end"))
        #expect(peer.ask("/healthz/live").status == 200 && peer.ask("/healthz/startup").status == 200)
        manager.stop()
    }
}
