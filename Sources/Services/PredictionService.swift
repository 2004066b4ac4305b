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
    private let desks = ThreadLocal { PredictionDesk() }

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
        let desk = desks.value
        guard let request = readOrWait(call, readers, desk) else { return }
        let route = request.route
        switch route {
        case .alone:
            if isQuick(request) {
                runAlone(request, desk)
                return desk.inputs.give(request.takeInputs())
            }
            guard hasRoomForUnpacked else { return submit(call, readers) }
            let waiting = WaitingPrediction(request)
            context.compute.submit { [self] in runAlone(waiting.request, desks.value) }
        case .queue(let queue):
            if runsNow(request, desk, insteadOf: queue) { return desk.inputs.give(request.takeInputs()) }
            enqueue(WaitingPrediction(request), in: queue)
        case .unprepared:
            guard hasRoomForUnpacked else { return submit(call, readers) }
            let waiting = WaitingPrediction(request)
            context.compute.submit { [self] in prepareAndEnqueue(waiting) }
        }
    }

    /// Runs the request by itself and answers it, if that takes no longer than a hand-over and `queue` would run it alone now.
    /// False: nothing has been done.
    private func runsNow(
        _ request: borrowing PredictionCall, _ desk: PredictionDesk, insteadOf queue: BatchQueue
    ) -> Bool {
        guard isQuick(request), queue.policy == .adaptive else { return false }
        return queue.runNow { runAlone(request, desk, insteadOf: queue) } != nil
    }

    private var hasRoomForUnpacked: Bool { context.compute.pendingJobs < PredictionService.unpackedCalls }

    /// Leaves everything to another thread.
    private func submit(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        let arrival = Instant(nanoseconds: clock.nanoseconds())
        context.compute.submit { [self] in
            let desk = desks.value
            guard let request = readOrWait(call, readers, desk, arrival) else { return }
            let route = request.route
            switch route {
            case .alone:
                runAlone(request, desk)
                desk.inputs.give(request.takeInputs())
            case .queue(let queue): enqueue(WaitingPrediction(request), in: queue)
            case .unprepared: prepareAndEnqueue(WaitingPrediction(request))
            }
        }
    }

    /// The request with its model; nil if it has been answered with an error, or waits for the first load of its model and
    /// will be submitted again.
    private func readOrWait(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ desk: PredictionDesk,
        _ arrival: Instant? = nil
    ) -> PredictionCall? {
        let arrival = arrival ?? Instant(nanoseconds: clock.nanoseconds())
        var facts = ServingFacts(version: nil)
        do throws(Status) {
            try PredictionCall.checkStillWanted(call.cancellation)
            guard let plain = PlainPredictRequest(call.message) else {
                return try unpackOrWait(call, readers, &facts, arrival)
            }
            if let known = desk.recurring.find(plain), let visit = known.visit(readers.value),
                let inputs = known.inputs(of: plain, in: call, storage: desk.inputs.take())
            {
                return PredictionCall(call, known, inputs, visit, arrival: arrival)
            }
            guard let request = try unpackOrWait(call, readers, &facts, arrival) else { return nil }
            desk.recurring.keep(RecurringPrediction(plain, request), for: plain)
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
    private func isQuick(_ request: borrowing PredictionCall) -> Bool {
        guard let typical = request.runner.typicalNanoseconds, typical < PredictionService.handOverNanoseconds else {
            return false
        }
        let limit = PredictionService.quickElements
        return request.prediction.declaredElements(limit: limit + 1) <= limit
    }

    // MARK: - Running

    /// Runs the request by itself on the calling thread, and answers it.
    /// - Parameters:
    ///   - desk: of the thread.
    ///   - queue: what else would take it, and says which inputs it takes.
    private func runAlone(
        _ request: borrowing PredictionCall, _ desk: PredictionDesk, insteadOf queue: BatchQueue? = nil
    ) {
        let arena = request.model.makeArena()
        do throws(Status) {
            try PredictionCall.checkStillWanted(request.call.cancellation)
            var (outputs, answer) = try request.prediction.run(
                on: request.model, in: arena, storage: desk.values.take(), deadline: request.call.deadline,
                cancellation: request.call.cancellation, arrival: request.arrival, insteadOf: queue)
            finish(request, outputs, answer, desk)
            var values: [Tensor] = []
            swap(&values, &answer.outputs)
            arena.takeBack(&values)
            desk.values.give(consume values)
        } catch {
            fail(request, error)
        }
    }

    /// Makes the queue for the request, which may mean to compile, and puts the request into it.
    private func prepareAndEnqueue(_ waiting: WaitingPrediction) {
        do throws(Status) {
            try PredictionCall.checkStillWanted(waiting.request.call.cancellation)
            let outputs = try waiting.request.prediction.outputs()
            guard let queue = try waiting.request.model.queue(of: waiting.request.runner, outputs: outputs) else {
                return runAlone(waiting.request, desks.value)
            }
            enqueue(waiting, in: queue)
        } catch {
            fail(waiting.request, error)
        }
    }

    /// Puts the request into its queue, unless something is wrong with its inputs.
    private func enqueue(_ waiting: WaitingPrediction, in queue: BatchQueue) {
        let inputs: [any BatchInput]
        do throws(Status) {
            inputs = try waiting.request.prediction.inputs()
        } catch {
            return fail(waiting.request, error)
        }
        let byteCount = waiting.request.prediction.heldBytes
        if let refusal = context.queuedBytes.take(byteCount) { return fail(waiting.request, refusal) }
        let waited = Instant(nanoseconds: clock.nanoseconds()).nanoseconds(since: waiting.request.arrival)
        waiting.request.model.submit(
            inputs, to: queue, of: waiting.request.runner, deadline: waiting.request.call.deadline,
            cancellation: waiting.request.call.cancellation
        ) { [self] result in
            context.queuedBytes.give(byteCount)
            do throws(Status) {
                finish(
                    waiting.request, queue.identity.outputs, try result.get(), desks.value, waitedBefore: waited)
            } catch {
                fail(waiting.request, error)
            }
        }
    }

    private func fail(_ request: borrowing PredictionCall, _ status: Status) {
        request.call.complete(.failure(status), request.facts)
    }

    /// Answers the call. What is kept of the request is copied afterwards, when nobody waits any more.
    /// - Parameters:
    ///   - desk: of the calling thread.
    ///   - waitedBefore: what the times of `answer` lack, nanoseconds.
    private func finish(
        _ request: borrowing PredictionCall, _ outputs: [String], _ answer: BatchAnswer, _ desk: PredictionDesk,
        waitedBefore: UInt64 = 0
    ) {
        var facts = request.facts
        facts.timings = answer.timings
        facts.timings?.queueNanoseconds &+= waitedBefore
        var tensors = desk.encodings.take()
        do throws(Status) {
            let form = request.call.preferences.tensorForm ?? context.tensorForm
            for output in answer.outputs { tensors.append(try TensorEncoding(output, form: form)) }
        } catch {
            return request.call.complete(.failure(error), facts)
        }
        complete(request, PredictResponseEncoding(outputs, tensors, modelSpec: request.answerSpec), facts)
        desk.encodings.give(consume tensors)
    }

    /// Nothing refers to `response` any more afterwards.
    private func complete(
        _ request: borrowing PredictionCall, _ response: consuming PredictResponseEncoding, _ facts: ServingFacts
    ) {
        let answer = WireAnswer(response)
        let observation = context.traffic?.begin(facts.model)
        request.call.complete(.success(answer), facts)
        guard let observation else { return }
        context.traffic?.end(
            observation,
            ObservedPrediction(
                message: request.call.message, answer: answer, followsLatest: request.followsLatest,
                id: request.visit.id, signatureName: facts.signatureName,
                mayChangeState: request.runner.mayChangeState))
    }
}
