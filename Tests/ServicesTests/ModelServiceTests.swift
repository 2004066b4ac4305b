import Servables
import ServingCore
import ServingProtos
import Testing
import Threading

@testable import Services

@Suite struct ModelServiceTests {
    private struct NoLoader: Loader {
        func load() throws(Status) -> any Servable { throw .notFound("no files") }
        func fingerprint() -> UInt64? { nil }
    }

    private final class Owner: Sendable {}

    /// The error that a request of these bytes is answered with.
    private func refusal(_ message: [UInt8]) -> Status? {
        let manager = ServableManager { _, _ in NoLoader() }
        let compute = ThreadPool(name: "test", threadCount: 1)
        defer {
            manager.stop()
            compute.stop()
        }
        let service = ModelService(ServiceContext(manager: manager, compute: compute))
        let answers = ConditionLock<[Result<Int, Status>]>([])
        message.withUnsafeBytes { bytes in
            service.getModelStatus(
                ServiceCall(message: bytes, owner: Owner(), deadline: .never, cancellation: nil) { answer, _ in
                    let size: Result<Int, Status> = answer.map(\.byteCount)
                    answers.withLock { $0.append(size) }
                })
        }
        let all = answers.withLock { $0 }
        guard all.count == 1, case .failure(let status) = all[0] else { return nil }
        return status
    }

    @Test func statusOfAnUnknownModelIsNotFound() {
        var spec = WireWriter()
        spec.append(field: 1, string: "nobody")
        var request = WireWriter()
        request.append(field: 1, message: spec.bytes)
        #expect(refusal(request.bytes) == .notFound("Could not find any versions of model nobody"))
    }

    @Test func statusWithoutAModelSpecIsRefusedAndWithoutANameNothingIsFound() {
        #expect(refusal([]) == .invalidArgument("Missing ModelSpec"))
        var request = WireWriter()
        request.append(field: 1, message: [])
        #expect(refusal(request.bytes) == .notFound("Could not find any versions of model "))
    }
}
