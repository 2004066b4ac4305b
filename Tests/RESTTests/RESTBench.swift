import HTTP
import Models
import Servables
import Services
import ServingCore
import TestSupport
import Testing
import Threading

@testable import REST

/// The REST API over one served model, called in this process without sockets.
final class RESTBench: Sendable {
    /// An answer, copied.
    struct Answer {
        let status: Int
        let headers: [String: String]
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// The message of an error, unescaped as far as texts of errors need it.
        var error: String? {
            let start = "{\n    \"error\": \""
            guard text.hasPrefix(start), text.hasSuffix("\"\n}") else { return nil }
            return String(text.dropFirst(start.count).dropLast(3)).replacing("\\\"", with: "\"")
                .replacing("\\n", with: "\n").replacing("\\\\", with: "\\")
        }
    }

    private let manager: ServableManager
    private let compute = ThreadPool(name: "compute", threadCount: 2)
    private let router: HTTPRouter

    /// - Parameter folder: of the version that is served.
    init(
        _ options: RESTService.Options = RESTService.Options(), model: String = "half_plus_two", version: Int64 = 1,
        folder: String = Repository.path("Examples/half_plus_two/1")
    ) {
        let manager = ServableManager { id, path in
            ModelLoader(id: id, directory: path, environment: Model.Environment())
        }
        self.manager = manager
        manager.configure([model])
        manager.setAspired(model, [AspiredVersion(version: version, path: folder)])
        _ = manager.waitUntilSettled([model])
        manager.setLabels([model: ["stable": version]])
        var router = HTTPRouter()
        RESTService(ServiceContext(manager: manager, compute: compute), options).register(in: &router)
        self.router = router
    }

    deinit {
        manager.stop()
        compute.stop()
    }

    /// The answer to a request, which must come exactly once.
    func send(
        _ method: String, _ target: String, _ body: [UInt8] = [], _ headers: [(String, String)] = [],
        deadline: Deadline = .never
    ) -> Answer {
        let padded = PaddedBytes(body)
        let answers = ConditionLock<[Answer]>([])
        let request = HTTPRequest(
            method: method, target: target, headers: HTTPHeaders(headers.map { (name: $0.0, value: $0.1) }),
            body: padded.bytes, owner: padded)
        let exchange = HTTPExchange(request, arrival: Instant(nanoseconds: 0), deadline: deadline) { response in
            let answer = Answer(
                status: response.status,
                headers: Dictionary(
                    response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
                bytes: response.body.withBytes { Array($0) })
            answers.withLockNotifyingAll { $0.append(answer) }
        }
        router.serve(exchange)
        return answers.wait { $0.first }
    }

    func get(_ target: String) -> Answer { send("GET", target) }

    func post(_ target: String, _ body: String, _ headers: [(String, String)] = []) -> Answer {
        send("POST", target, Array(body.utf8), headers)
    }

    func predict(_ body: String, _ headers: [(String, String)] = []) -> Answer {
        post("/v1/models/half_plus_two:predict", body, headers)
    }

    /// Bytes at a fixed place, with others behind them that must not matter.
    private final class PaddedBytes: Sendable {
        nonisolated(unsafe) private let memory: UnsafeMutableRawBufferPointer
        private let count: Int

        init(_ bytes: [UInt8]) {
            memory = .allocate(byteCount: bytes.count + HTTPRequest.padding, alignment: 64)
            memory.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "1"))
            memory.copyBytes(from: bytes)
            count = bytes.count
        }

        deinit { memory.deallocate() }

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
    }
}
