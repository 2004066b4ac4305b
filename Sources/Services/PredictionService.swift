import Batching
import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos
import Tensors
import Threading

/// `tensorflow.serving.PredictionService`: Predict.
public final class PredictionService: Sendable {
    let context: ServiceContext
    let clock = SystemClock()
    private let recurring = ThreadLocal { RecurringPredictions() }

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
    /// Tensors are made by the thread that computes: a few bytes may ask for a large one, and so there are no more of these
    /// than threads, however many calls wait.
    /// - Parameter readers: each thread's.
    public func predict(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        guard call.message.count <= PredictionService.eagerBytes else { return submit(call, readers) }
        guard let request = readOrWait(call, readers) else { return }
        switch request.route {
        case .alone:
            if isQuick(request) { return runAlone(request) }
            guard hasRoomForUnpacked else { return submit(call, readers) }
            context.compute.submit { [self] in runAlone(request) }
        case .queue(let queue):
            if isQuick(request), queue.policy == .adaptive, queue.runNow({ runAlone(request, insteadOf: queue) }) != nil
            {
                return
            }
            enqueue(request, in: queue)
        case .unprepared:
            guard hasRoomForUnpacked else { return submit(call, readers) }
            context.compute.submit { [self] in prepareAndEnqueue(request) }
        }
    }

    private var hasRoomForUnpacked: Bool { context.compute.pendingJobs < PredictionService.unpackedCalls }

    /// Leaves everything to another thread.
    private func submit(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        let arrival = Instant(nanoseconds: clock.nanoseconds())
        context.compute.submit { [self] in
            guard let request = readOrWait(call, readers, arrival) else { return }
            switch request.route {
            case .alone: runAlone(request)
            case .queue(let queue): enqueue(request, in: queue)
            case .unprepared: prepareAndEnqueue(request)
            }
        }
    }

    /// The request with its model; nil if it has been answered with an error, or waits for the first load of its model and
    /// will be submitted again.
    private func readOrWait(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ arrival: Instant? = nil
    ) -> PredictionCall? {
        let arrival = arrival ?? Instant(nanoseconds: clock.nanoseconds())
        var facts = ServingFacts(version: nil)
        do throws(Status) {
            try PredictionCall.checkStillWanted(call.cancellation)
            guard let plain = PlainPredictRequest(call.message) else {
                return try unpackOrWait(call, readers, &facts, arrival)
            }
            if let known = recurring.value.find(plain), let loaded = known.resolve(readers.value),
                let inputs = known.inputs(of: plain, in: call)
            {
                return PredictionCall(call, known, inputs, loaded, arrival: arrival)
            }
            let request = try unpackOrWait(call, readers, &facts, arrival)
            if let request { recurring.value.keep(RecurringPrediction(plain, request), for: plain) }
            return request
        } catch {
            call.complete(.failure(error), facts)
            return nil
        }
    }

    /// The same for a request of which nothing is known.
    private func unpackOrWait(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ facts: inout ServingFacts, _ arrival: Instant
    ) throws(Status) -> PredictionCall? {
        let message = try Message<Tensorflow__Serving__PredictRequest>(unpacking: call.message, failure: .internalError)
        let spec = try message.read { (request) throws(Status) in
            try ModelRequest(request.pointee.model_spec.map { UnsafePointer($0) })
        }
        facts.model = spec.name
        let loaded = try spec.resolve(readers.value, in: context.manager, call.cancellation) { [self] in
            submit(call, readers)
        }
        guard let loaded else { return nil }
        facts.version = loaded.handle.id.version
        let signatureName = Prediction.signatureName(spec.signatureName)
        let runner = try Prediction.runner(
            named: signatureName, in: loaded.model, checksMethodName: context.checksMethodNames)
        facts.signatureName = signatureName
        return PredictionCall(call, message, loaded, runner, facts, arrival: arrival)
    }

    /// Whether the prediction takes no longer than a hand-over, as far as one can tell before.
    private func isQuick(_ request: PredictionCall) -> Bool {
        guard let typical = request.runner.typicalNanoseconds, typical < PredictionService.handOverNanoseconds else {
            return false
        }
        let limit = PredictionService.quickElements
        return request.prediction.declaredElements(limit: limit + 1) <= limit
    }

    // MARK: - Running

    /// Runs the request by itself on the calling thread, and answers it.
    /// - Parameter queue: what else would take it, and says which inputs it takes.
    private func runAlone(_ request: PredictionCall, insteadOf queue: BatchQueue? = nil) {
        do throws(Status) {
            try PredictionCall.checkStillWanted(request.call.cancellation)
            let (outputs, answer) = try request.prediction.run(
                on: request.loaded.model, deadline: request.call.deadline, cancellation: request.call.cancellation,
                arrival: request.arrival, insteadOf: queue)
            finish(request, outputs, answer)
        } catch {
            fail(request, error)
        }
    }

    /// Makes the queue for the request, which may mean to compile, and puts the request into it.
    private func prepareAndEnqueue(_ request: PredictionCall) {
        do throws(Status) {
            try PredictionCall.checkStillWanted(request.call.cancellation)
            let outputs = try request.prediction.outputs()
            guard let queue = try request.loaded.model.queue(of: request.runner, outputs: outputs) else {
                return runAlone(request)
            }
            enqueue(request, in: queue)
        } catch {
            fail(request, error)
        }
    }

    /// Puts the request into its queue, unless something is wrong with its inputs.
    private func enqueue(_ request: PredictionCall, in queue: BatchQueue) {
        let inputs: [any BatchInput]
        do throws(Status) {
            inputs = try request.prediction.inputs()
        } catch {
            return fail(request, error)
        }
        let byteCount = request.prediction.heldBytes
        if let refusal = context.queuedBytes.take(byteCount) { return fail(request, refusal) }
        let waited = Instant(nanoseconds: clock.nanoseconds()).nanoseconds(since: request.arrival)
        request.loaded.model.submit(
            inputs, to: queue, of: request.runner, deadline: request.call.deadline,
            cancellation: request.call.cancellation
        ) { [self] result in
            context.queuedBytes.give(byteCount)
            do throws(Status) {
                finish(request, queue.identity.outputs, try result.get(), waitedBefore: waited)
            } catch {
                fail(request, error)
            }
        }
    }

    private func fail(_ request: PredictionCall, _ status: Status) {
        request.call.complete(.failure(status), request.facts)
    }

    /// Answers the call. What is kept of the request is copied afterwards, when nobody waits any more.
    /// - Parameter waitedBefore: what the times of `answer` lack, nanoseconds.
    private func finish(
        _ request: PredictionCall, _ outputs: [String], _ answer: BatchAnswer, waitedBefore: UInt64 = 0
    ) {
        var facts = request.facts
        facts.timings = answer.timings
        facts.timings?.queueNanoseconds &+= waitedBefore
        let encoded: WireAnswer
        do throws(Status) {
            encoded = try encode(request, outputs, answer.outputs)
        } catch {
            return request.call.complete(.failure(error), facts)
        }
        let observation = context.traffic?.begin(facts.model)
        request.call.complete(.success(encoded), facts)
        guard let observation else { return }
        context.traffic?.end(
            observation,
            ObservedPrediction(
                message: request.call.message, answer: encoded, followsLatest: request.followsLatest,
                id: request.loaded.handle.id, signatureName: facts.signatureName,
                mayChangeState: request.runner.mayChangeState))
    }

    private func encode(
        _ request: PredictionCall, _ outputs: [String], _ results: [Tensor]
    ) throws(Status) -> WireAnswer {
        let form = request.call.preferences.tensorForm ?? context.tensorForm
        let tensors = try results.map { (tensor) throws(Status) in try TensorEncoding(tensor, form: form) }
        return PredictResponseEncoding.answer(outputs, tensors, modelSpec: request.answerSpec)
    }
}
