import Batching
import Models
import Servables
import ServingCore
import Tensors
import TestSupport
import Testing
import Threading

@testable import Services

/// The services over one served model, half_plus_two version 1, called in this process.
final class ServiceBench: Sendable {
    let manager: ServableManager
    private let compute = ThreadPool(name: "compute", threadCount: 2)
    private let readers: ThreadLocal<ServingMapReader>

    /// - Parameters:
    ///   - batching: nil: each request is run by itself.
    ///   - isReady: whether the model is loaded before anything else; if not, that begins with `load`.
    init(batching parameters: BatchingParameters? = nil, isReady: Bool = true) {
        var environment = Model.Environment()
        let scheduler = BatchScheduler(threads: compute, limit: 2)
        environment.batching = parameters.map {
            ModelBatching(scheduler: scheduler, policy: .adaptive, standard: .all($0))
        }
        let manager = ServableManager { [environment] id, path in
            ModelLoader(id: id, directory: path, environment: environment)
        }
        self.manager = manager
        readers = ThreadLocal { manager.makeReader() }
        if isReady { load() } else { manager.configure(["half_plus_two"]) }
    }

    func load() {
        let path = Repository.path("Examples/half_plus_two/1")
        manager.setAspired("half_plus_two", [AspiredVersion(version: 1, path: path)])
        _ = manager.waitUntilSettled(["half_plus_two"])
    }

    deinit {
        manager.stop()
        compute.stop()
    }

    func context(
        answersWithTensorContent: Bool = false, checksMethodNames: Bool = false, traffic: TrafficRecorder? = nil
    ) -> ServiceContext {
        ServiceContext(
            manager: manager, compute: compute, answersWithTensorContent: answersWithTensorContent,
            checksMethodNames: checksMethodNames, traffic: traffic)
    }

    func predict(_ request: [UInt8], _ context: ServiceContext? = nil) -> Result<[UInt8], Status> {
        predict(request, with: PredictionService(context ?? self.context()))
    }

    func predict(_ request: [UInt8], with service: PredictionService) -> Result<[UInt8], Status> {
        call(request) { service.predict($0, readers) }
    }

    /// Begins the call that `make` makes of what takes its answer.
    /// - Returns: what waits for the answer, which must come exactly once.
    func begin(
        _ context: ServiceContext? = nil, _ make: (@escaping TensorCall.Completion) -> TensorCall
    ) -> () -> TensorAnswer {
        let answers = ConditionLock<[TensorAnswer]>([])
        let call = make { result, facts in
            answers.withLockNotifyingAll { $0.append(TensorAnswer(result: result, facts: facts)) }
        }
        PredictionService(context ?? self.context()).predict(call, readers)
        return {
            answers.wait { $0.isEmpty ? nil : () }
            let all = answers.withLock { $0 }
            #expect(all.count == 1)
            return all[0]
        }
    }

    func metadata(_ request: [UInt8]) -> Result<[UInt8], Status> {
        let service = MetadataService(context())
        return call(request) { service.getModelMetadata($0, readers) }
    }

    func status(_ request: [UInt8]) -> Result<[UInt8], Status> {
        let service = ModelService(context())
        return call(request) { service.getModelStatus($0) }
    }

    /// Calls `send` with `request` and waits for its answer, which must come exactly once.
    private func call(_ request: [UInt8], _ send: (ServiceCall) -> Void) -> Result<[UInt8], Status> {
        let owner = Request(request)
        let answers = ConditionLock<[Result<[UInt8], Status>]>([])
        send(
            ServiceCall(message: UnsafeRawBufferPointer(owner.bytes), owner: owner, deadline: .never, cancellation: nil)
            {
                result, _ in
                let encoded = result.map(ServiceBench.encoded)
                answers.withLockNotifyingAll { $0.append(encoded) }
            })
        answers.wait { $0.isEmpty ? nil : () }
        let all = answers.withLock { $0 }
        #expect(all.count == 1)
        return all[0]
    }

    private static func encoded(_ answer: WireAnswer) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xee, count: answer.byteCount)
        bytes.withUnsafeMutableBytes { answer.write(to: $0) }
        return bytes
    }

    /// The bytes of a request at a fixed place.
    private final class Request: @unchecked Sendable {  // never written after it was made
        let bytes: UnsafeMutableRawBufferPointer

        init(_ content: [UInt8]) {
            bytes = .allocate(byteCount: content.count, alignment: 64)
            bytes.copyBytes(from: content)
        }

        deinit { bytes.deallocate() }
    }
}

/// The answer to a call without a message.
struct TensorAnswer {
    let result: Result<[(alias: String, value: Tensor)], Status>
    let facts: ServingFacts?

    var refusal: Status? {
        if case .failure(let status) = result { return status }
        return nil
    }
}
