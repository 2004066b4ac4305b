import CServingProtos
import Graphs
import Models
import Servables
import ServingCore
import ServingProtos
import Tensors
import Threading

/// `tensorflow.serving.PredictionService`: Predict.
public struct PredictionService: Sendable {
    private let context: ServiceContext

    /// Runs shorter than this stay on the thread that received them: handing over costs about as much.
    private static let handOverNanoseconds: UInt64 = 20_000
    /// Longer requests are read by the threads that compute, so that they hold up nobody else's connection.
    private static let eagerBytes = 32 << 10
    /// Elements that the inputs of a request may have in all if it is to stay on the thread that received it.
    private static let quickElements = 32 << 10
    /// With so many calls in the queue their messages wait as they came, because unpacked they may be many times larger.
    private static let unpackedCalls = 256

    public init(_ context: ServiceContext) { self.context = context }

    /// Answers a `PredictRequest` with a `PredictResponse`, with TensorFlow Serving's checks, codes and texts.
    ///
    /// Tensors are made by the thread that runs the prediction: a few bytes may ask for a large one, and so there are no
    /// more of these than threads, however many calls wait.
    /// - Parameter readers: each thread's.
    public func predict(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        guard call.message.count <= PredictionService.eagerBytes else { return submit(call, readers) }
        guard let request = readOrWait(call, readers) else { return }
        if isQuick(request) { return complete(request, call) }
        guard context.compute.pendingJobs < PredictionService.unpackedCalls else { return submit(call, readers) }
        context.compute.submit { [self] in complete(request, call) }
    }

    /// Leaves everything to another thread.
    private func submit(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        context.compute.submit { [self] in
            guard let request = readOrWait(call, readers) else { return }
            complete(request, call)
        }
    }

    /// Answers the call. What is kept of the request is copied afterwards, when nobody waits any more.
    private func complete(_ request: Request, _ call: ServiceCall) {
        let result = answer(request, call)
        let facts = ServingFacts(
            model: request.modelName, version: request.loaded.handle.id.version, signatureName: request.signatureName)
        guard let traffic = context.traffic, case .success(let answer) = result,
            let observation = traffic.begin(request.modelName)
        else { return call.complete(result, facts) }
        call.complete(result, facts)
        traffic.end(
            observation,
            ObservedPrediction(
                message: call.message, answer: answer, followsLatest: request.followsLatest,
                id: request.loaded.handle.id, signatureName: request.signatureName,
                mayChangeState: request.runner.mayChangeState))
    }

    /// The request, unpacked; nil if it has been answered with an error, or waits for the first load of its model and
    /// will be submitted again.
    private func readOrWait(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) -> Request? {
        var facts = ServingFacts(version: nil)
        do throws(Status) {
            try PredictionService.checkStillWanted(call)
            let message = try Message<Tensorflow__Serving__PredictRequest>(
                unpacking: call.message, failure: .internalError)
            let spec = try message.read { (request) throws(Status) in
                try ModelRequest(request.pointee.model_spec.map { UnsafePointer($0) })
            }
            facts.model = spec.name
            let loaded = try spec.resolve(readers.value, in: context.manager, call) { [self] in submit(call, readers) }
            guard let loaded else { return nil }
            facts.version = loaded.handle.id.version
            return try read(call, message, spec, loaded)
        } catch {
            call.complete(.failure(error), facts)
            return nil
        }
    }

    /// A request that has been unpacked and whose model is known.
    private struct Request: Sendable {
        let message: Message<Tensorflow__Serving__PredictRequest>
        let messageBytes: Int
        let modelName: String
        let signatureName: String
        let loaded: LoadedModel
        let runner: SignatureRunner

        /// Whether the request names neither a version nor a label.
        var followsLatest: Bool {
            message.read { message in
                guard let spec = message.pointee.model_spec else { return false }
                return spec.pointee.version_choice_case == TENSORFLOW__SERVING__MODEL_SPEC__VERSION_CHOICE__NOT_SET
            }
        }
    }

    private func read(
        _ call: ServiceCall, _ message: Message<Tensorflow__Serving__PredictRequest>, _ spec: ModelRequest,
        _ loaded: LoadedModel
    ) throws(Status) -> Request {
        let signatureName = Prediction.signatureName(spec.signatureName)
        let runner = try Prediction.runner(
            named: signatureName, in: loaded.model, checksMethodName: context.checksMethodNames)
        return Request(
            message: message, messageBytes: call.message.count, modelName: spec.name, signatureName: signatureName,
            loaded: loaded, runner: runner)
    }

    /// Whether the prediction takes no longer than a hand-over, as far as one can tell before.
    private func isQuick(_ request: Request) -> Bool {
        guard let typical = request.runner.typicalNanoseconds, typical < PredictionService.handOverNanoseconds else {
            return false
        }
        return request.message.read { message in
            let entries = Repeated.messages(message.pointee.inputs, message.pointee.n_inputs)
            var elements = 0
            for entry in entries {
                let shape = entry.pointee.value?.pointee.tensor_shape.map { UnsafePointer($0) }
                elements += PredictionService.declaredElements(shape, limit: PredictionService.quickElements + 1)
                guard elements <= PredictionService.quickElements else { return false }
            }
            return true
        }
    }

    /// The elements of a tensor of this shape, but no more than `limit`.
    static func declaredElements(_ shape: UnsafePointer<Tensorflow__TensorShapeProto>?, limit: Int) -> Int {
        guard let shape else { return 1 }
        let sizes = Repeated.messages(shape.pointee.dim, shape.pointee.n_dim).map { $0.pointee.size }
        guard !sizes.contains(where: { $0 <= 0 }) else { return 0 }
        var product = 1
        for size in sizes {
            let (next, overflow) = product.multipliedReportingOverflow(by: Int(size))
            guard !overflow, next < limit else { return limit }
            product = next
        }
        return product
    }

    /// Throws CANCELLED if the caller has gone away, or has been told that its deadline has passed.
    private static func checkStillWanted(_ call: ServiceCall) throws(Status) {
        if call.cancellation?.isCancelled == true { throw Status(.cancelled, "the caller does not wait any more") }
    }

    private func answer(_ request: Request, _ call: ServiceCall) -> Result<WireAnswer, Status> {
        do throws(Status) {
            try PredictionService.checkStillWanted(call)
            let prediction = Prediction(
                message: request.message.pointer, byteCount: request.messageBytes, arena: request.message.arena,
                runner: request.runner)
            let (outputs, results) = try prediction.run(
                on: request.loaded.model, deadline: call.deadline, cancellation: call.cancellation)
            return .success(try encode(request, outputs, results, call.preferences))
        } catch {
            return .failure(error)
        }
    }

    private func encode(
        _ request: Request, _ outputs: [String], _ results: [Tensor], _ preferences: AnswerPreferences
    ) throws(Status) -> WireAnswer {
        let spec = ModelSpecEncoding.encode(
            name: request.modelName, version: request.loaded.handle.id.version, signatureName: request.signatureName)
        let form = preferences.tensorForm ?? context.tensorForm
        let tensors = try results.map { (tensor) throws(Status) in try TensorEncoding(tensor, form: form) }
        return PredictResponseEncoding.answer(zip(outputs, tensors), modelSpec: spec)
    }
}
