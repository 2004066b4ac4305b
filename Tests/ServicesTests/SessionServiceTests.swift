import Models
import Servables
import ServingCore
import ServingProtos
import TestSupport
import Testing
import Threading

@testable import Services

/// SessionRun on bytes; what a client sees is tested with real clients.
@Suite struct SessionServiceTests {
    private let bench = SessionBench()

    private func request(
        fetches: [String] = [], feeds: [(String, [UInt8]?)] = [], targets: [String] = [], options: [UInt8]? = nil
    ) -> [UInt8] {
        var spec = WireWriter()
        spec.append(field: 1, string: "graph")
        var writer = WireWriter()
        writer.append(field: 1, message: spec.bytes)
        for (name, value) in feeds {
            var feed = WireWriter()
            feed.append(field: 1, string: name)
            if let value { feed.append(field: 2, message: value) }
            writer.append(field: 2, message: feed.bytes)
        }
        for fetch in fetches { writer.append(field: 3, message: Array(fetch.utf8)) }
        for target in targets { writer.append(field: 4, message: Array(target.utf8)) }
        if let options { writer.append(field: 5, message: options) }
        return writer.bytes
    }

    /// `RunOptions` with a number in `field`.
    private func options(_ field: Int, _ value: Int64) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: field, integer: value)
        return writer.bytes
    }

    @Test func answerHasTheTensorsByNameAndTheModel() throws {
        let answer = try bench.run(request(fetches: ["limit", "limit:0"])).get()
        func named(_ name: String) -> [UInt8] {
            // An int32 scalar: dtype, an empty shape, and the value 3.
            var tensor = WireWriter()
            tensor.append(field: 1, integer: 3)
            tensor.append(field: 2, message: [])
            tensor.append(field: 7, message: [3])
            var entry = WireWriter()
            entry.append(field: 1, string: name)
            entry.append(field: 2, message: tensor.bytes)
            return entry.bytes
        }
        var writer = WireWriter()
        writer.append(field: 1, message: named("limit"))
        writer.append(field: 1, message: named("limit:0"))
        writer.append(field: 3, message: ModelSpecEncoding.encode(name: "graph", version: 1))
        #expect(answer == writer.bytes)
    }

    @Test func aRunWithoutFetchesAnswersTheModelOnly() throws {
        var writer = WireWriter()
        writer.append(field: 3, message: ModelSpecEncoding.encode(name: "graph", version: 1))
        #expect(try bench.run(request(targets: ["bump"])).get() == writer.bytes)
    }

    @Test func valuesThatAreNoneAreRefusedByName() {
        #expect(
            bench.run(request(fetches: ["limit"], feeds: [("x", nil)]))
                == .failure(.invalidArgument("tensor parsing error: x")))
        #expect(
            bench.run(request(fetches: ["y"], feeds: [("x", [8, 1, 0x22, 1, 0])]))
                == .failure(.invalidArgument("tensor parsing error: x")))
    }

    @Test func aTimeOutThatHasPassedEndsTheRun() {
        #expect(
            bench.run(request(fetches: ["limit"], options: options(2, 1)), delay: 2_000_000)
                == .failure(Status(.deadlineExceeded, "Timed out waiting for notification")))
        for timeout in [0, -1, .min, .max, 60_000] as [Int64] {
            #expect(throws: Never.self) {
                try bench.run(request(fetches: ["limit"], options: options(2, timeout)), delay: 2_000_000).get()
            }
        }
    }

    @Test func onlyOneThreadPoolCanBeNamed() {
        #expect(
            bench.run(request(fetches: ["limit"], options: options(3, 1)))
                == .failure(.invalidArgument("Invalid inter_op_thread_pool: 1")))
        #expect(throws: Never.self) {
            try bench.run(request(fetches: ["limit"], options: options(3, -1))).get()
        }
    }

    @Test func damagedMessagesAreAnsweredOnce() {
        var random = Seeded(state: 3)
        let whole = request(
            fetches: ["y", "limit"], feeds: [("x", [8, 1, 0x12, 4, 0x12, 2, 8, 1])], targets: ["bump"],
            options: options(2, 5000))
        for _ in 0..<500 {
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // It must come, whatever it is.
            _ = bench.run(bytes)
        }
        #expect(throws: Never.self) { try bench.run(request(fetches: ["limit"])).get() }
    }
}

/// The session service over the recorded graph.
private final class SessionBench: Sendable {
    private let manager: ServableManager
    private let compute = ThreadPool(name: "compute", threadCount: 2)
    private let readers: ThreadLocal<ServingMapReader>

    init() {
        let manager = ServableManager { id, path in
            var environment = Model.Environment()
            environment.keepsGraphs = true
            return ModelLoader(id: id, directory: path, environment: environment)
        }
        self.manager = manager
        readers = ThreadLocal { manager.makeReader() }
        manager.setAspired(
            "graph", [AspiredVersion(version: 1, path: Repository.path("Tests/Fixtures/SessionRuns/graph/1"))])
        _ = manager.waitUntilSettled(["graph"])
    }

    deinit {
        manager.stop()
        compute.stop()
    }

    /// - Parameter delay: nanoseconds by which the clock of the service is behind, as if the call had waited.
    func run(_ request: [UInt8], delay: UInt64 = 0) -> Result<[UInt8], Status> {
        let context = ServiceContext(manager: manager, compute: compute, offersSessionRun: true)
        let service = SessionService(context, clock: LateClock(delay: delay))
        let owner = Bytes(request)
        let answers = ConditionLock<[Result<[UInt8], Status>]>([])
        service.sessionRun(
            ServiceCall(message: UnsafeRawBufferPointer(owner.bytes), owner: owner, deadline: .never, cancellation: nil)
            {
                result, _ in
                let encoded = result.map { answer -> [UInt8] in
                    var bytes = [UInt8](repeating: 0xee, count: answer.byteCount)
                    bytes.withUnsafeMutableBytes { answer.write(to: $0) }
                    return bytes
                }
                answers.withLockNotifyingAll { $0.append(encoded) }
            }, readers)
        answers.wait { $0.isEmpty ? nil : () }
        let all = answers.withLock { $0 }
        #expect(all.count == 1)
        return all[0]
    }

    private struct LateClock: Clock {
        let delay: UInt64
        func nanoseconds() -> UInt64 { SystemClock().nanoseconds() - delay }
    }

    private final class Bytes: @unchecked Sendable {  // never written after it was made
        let bytes: UnsafeMutableRawBufferPointer

        init(_ content: [UInt8]) {
            bytes = .allocate(byteCount: content.count, alignment: 64)
            bytes.copyBytes(from: content)
        }

        deinit { bytes.deallocate() }
    }
}
