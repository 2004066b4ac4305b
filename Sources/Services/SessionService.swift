import Batching
import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos
import Tensors
import Threading

/// `tensorflow.serving.SessionService`: SessionRun, a run of whatever part of the graph the caller names.
public struct SessionService: Sendable {
    private let context: ServiceContext
    private let clock: any Clock

    public init(_ context: ServiceContext) { self.init(context, clock: SystemClock()) }

    init(_ context: ServiceContext, clock: any Clock) {
        self.context = context
        self.clock = clock
    }

    /// Answers a `SessionRunRequest` with a `SessionRunResponse`, with the checks, codes and texts of TensorFlow's sessions.
    /// - Parameter readers: each thread's.
    public func sessionRun(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>) {
        // A request that was parked began when it came.
        submit(call, readers, began: Instant(nanoseconds: clock.nanoseconds()))
    }

    private func submit(_ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, began: Instant) {
        context.compute.submit { [self] in
            var facts = ServingFacts(version: nil)
            do throws(Status) {
                let answer = try answer(call, readers, began, &facts)
                if let answer { call.complete(.success(answer), facts) }
            } catch {
                call.complete(.failure(error), facts)
            }
        }
    }

    /// Nil if the request waits for the first load of its model, or for its turn to have a program compiled, and will be
    /// submitted again.
    private func answer(
        _ call: ServiceCall, _ readers: ThreadLocal<ServingMapReader>, _ began: Instant, _ facts: inout ServingFacts
    ) throws(Status) -> WireAnswer? {
        if call.cancellation?.isCancelled == true { throw Status(.cancelled, "the caller does not wait any more") }
        let message = try Message<Tensorflow__Serving__SessionRunRequest>(
            unpacking: call.message, failure: .internalError)
        defer { withExtendedLifetime(message) {} }
        let request = message.pointer
        let resume: @Sendable () -> Void = { [self] in submit(call, readers, began: began) }
        let spec = try ModelRequest(request.pointee.model_spec.map { UnsafePointer($0) })
        facts.model = spec.name
        guard let loaded = try spec.resolve(readers.value, in: context.manager, call.cancellation, resume: resume)
        else {
            return nil
        }
        let version = loaded.handle.id.version
        facts.version = version
        guard let session = loaded.model.session else { throw SessionService.withoutGraph(loaded.handle.id) }
        let run = try SessionRun(
            request, byteCount: call.message.count, arena: message.arena, on: loaded.model, spec.signatureName)
        let deadline = min(call.deadline, try SessionService.deadline(request.pointee.options, began))
        let plan = try session.plan(feeds: run.feedTypes, fetches: run.fetches, targets: run.targets)
        guard let program = try session.program(for: plan, resume: resume) else { return nil }
        let (results, start, nanoseconds) = try session.run(
            program, plan, feeds: try run.decodeFeeds(), deadline: deadline, cancellation: call.cancellation)
        facts.timings = RunTimings(
            queueNanoseconds: Instant(nanoseconds: start).nanoseconds(since: began), computeNanoseconds: nanoseconds,
            batchSize: 0)
        return try run.answer(
            results, form: call.preferences.tensorForm ?? context.tensorForm,
            modelSpec: ModelSpecEncoding.encode(name: spec.name, version: version, signatureName: spec.signatureName))
    }

    private static func withoutGraph(_ id: ServableID) -> Status {
        .unimplemented("SessionRun needs the graph of a SavedModel, but \(id) is served from a TensorFlow Lite file")
    }

    /// The deadline that the options of a run set. Throws INVALID_ARGUMENT for a thread pool that there is not.
    private static func deadline(
        _ options: UnsafeMutablePointer<Tensorflow__RunOptions>?, _ began: Instant
    ) throws(Status) -> Deadline {
        guard let options = options?.pointee else { return .never }
        // The one pool has the number 0; -1 means the thread of the caller.
        guard (-1...0).contains(options.inter_op_thread_pool) else {
            throw .invalidArgument("Invalid inter_op_thread_pool: \(options.inter_op_thread_pool)")
        }
        guard options.timeout_in_ms > 0 else { return .never }
        let (nanoseconds, overflow) = UInt64(options.timeout_in_ms).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .never : Deadline(began.advanced(byNanoseconds: nanoseconds))
    }
}
