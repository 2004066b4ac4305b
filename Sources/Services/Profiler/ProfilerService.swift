import CServingProtos
import Execution
import Glibc
import Profiling
import ServingCore
import ServingProtos
import Threading

/// `tensorflow.ProfilerService`: records for a while what runs and kernels take, and answers with that.
///
/// Captures wait and are written on a thread of their own, so that neither event loops nor compute threads are held up.
public final class ProfilerService: Sendable {
    private let recorder: RunRecorder
    private let compute: ThreadPool
    private let desk = ConditionLock(CaptureDesk())
    private let worker = ThreadPool(name: "profiler", threadCount: 1)
    private let clock = SystemClock()

    /// How long a capture that is over waits for runs that it has seen begin.
    private static let grace: UInt64 = 2_000_000_000

    /// - Parameters:
    ///   - recorder: what the models' runs are recorded by.
    ///   - compute: the threads whose use Monitor tells.
    public init(recorder: RunRecorder, compute: ThreadPool) {
        self.recorder = recorder
        self.compute = compute
    }

    deinit { worker.stop() }

    // MARK: Calls

    /// Answers a `ProfileRequest` with a `ProfileResponse` when its time is over, or with INTERNAL and TensorFlow's text if
    /// there is a capture already. The caller may go away at any time; `wake` should be called then.
    public func profile(_ call: ServiceCall) {
        do throws(Status) {
            let request = try CaptureRequest(profile: call.message)
            let delay = try request.delay(at: ProfilerService.wallNanoseconds())
            try begin(request, delay, call) { capture in
                WireAnswer(capture.response(to: request))
            }
        } catch {
            call.complete(.failure(error))
        }
    }

    /// Answers a `TerminateRequest`: the capture of that session, if there is one, answers now.
    public func terminate(_ call: ServiceCall) {
        do throws(Status) {
            let message = try Message<Tensorflow__TerminateRequest>(unpacking: call.message, failure: .internalError)
            let session = message.read { String(proto: $0.pointee.session_id) }
            desk.withLockNotifyingAll { $0.terminate(session: session) }
            call.complete(.success(WireAnswer([])))
        } catch {
            call.complete(.failure(error))
        }
    }

    /// Answers a `MonitorRequest` with a `MonitorResponse` that has text only: the figures beside it are about devices that
    /// this server does not have.
    public func monitor(_ call: ServiceCall) {
        do throws(Status) {
            let message = try Message<Tensorflow__MonitorRequest>(unpacking: call.message, failure: .internalError)
            let (level, hasTime) = message.read { ($0.pointee.monitoring_level, $0.pointee.timestamp != 0) }
            guard (0...2).contains(level) else {
                throw .invalidArgument("monitoring_level is \(level), expected 1 or 2")
            }
            let request = try CaptureRequest(monitorMilliseconds: message.read { $0.pointee.duration_ms })
            try begin(request, 0, call) { capture in
                let time = hasTime ? "Timestamp: \(ProfilerService.timeOfDay())\n" : ""
                let text = time + capture.monitorText(isDetailed: level == 2)
                var writer = WireWriter()
                writer.append(field: 1, string: text)
                return WireAnswer(writer.bytes)
            }
        } catch {
            call.complete(.failure(error))
        }
    }

    /// Looks at once whether the caller of the current capture is gone.
    public func wake() { desk.withLockNotifyingAll { _ in } }

    /// Lets the current capture answer now, and takes no more.
    public func stop() { desk.withLockNotifyingAll { $0.close() } }

    // MARK: A capture

    private func begin(
        _ request: CaptureRequest, _ delay: UInt64, _ call: ServiceCall,
        answer: @escaping @Sendable (Capture) -> WireAnswer
    ) throws(Status) {
        switch desk.withLock({ $0.begin(session: request.session) }) {
        case .admitted: break
        case .busy: throw .internalError("Another profiling session active.")
        case .closed: throw .unavailable("the server is shutting down")
        }
        let begin = Instant(nanoseconds: clock.nanoseconds()).advanced(byNanoseconds: delay).nanoseconds
        worker.submit { [self] in
            let result = capture(request, begin: begin, call).map(answer)
            // Before the answer, so that who has got it may begin another one.
            desk.withLock { $0.end() }
            call.complete(result)
        }
    }

    /// Records until the time is over.
    private func capture(_ request: CaptureRequest, begin: UInt64, _ call: ServiceCall) -> Result<Capture, Status> {
        var timeline = CaptureTimeline(
            begin: begin, duration: request.durationNanoseconds, grace: ProfilerService.grace)
        var capture = Capture(computeThreads: compute.threadCount)
        while true {
            let hasRunsUnderWay = recorder.hasRunsUnderWay
            let step = desk.withLock { desk in
                timeline.next(
                    at: clock.nanoseconds(),
                    .init(
                        mustEnd: desk.mustEnd, isAbandoned: call.cancellation?.isCancelled ?? false,
                        hasRunsUnderWay: hasRunsUnderWay))
            }
            switch step {
            case .wait(let until): wait(until: until, call)
            case .start:
                capture.begins(compute)
                guard recorder.start(limit: request.recordLimit) else {
                    return .failure(.internalError("Another profiling session active."))
                }
            case .close:
                recorder.close()
                capture.ends(compute)
            case .finish:
                capture.recording = recorder.stop()
                return .success(capture)
            case .abandon:
                _ = recorder.stop()
                return .failure(Status(.cancelled, "the caller does not wait any more"))
            }
        }
    }

    /// Returns at the time given, or when the desk or the call says that there is something to do.
    private func wait(until: UInt64, _ call: ServiceCall) {
        var isFirst = true
        _ = desk.wait(untilNanoseconds: until) { desk -> Void? in
            defer { isFirst = false }
            if desk.mustEnd || call.cancellation?.isCancelled == true { return () }
            return isFirst ? nil : ()
        }
    }

    static func wallNanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    /// `HH:MM:SS`, as the reference's monitor writes it, in the server's time zone.
    private static func timeOfDay() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
