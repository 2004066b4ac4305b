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
    private let captures: CaptureRunner
    private let worker = ThreadPool(name: "profiler", threadCount: 1)

    /// - Parameters:
    ///   - recorder: what the models' runs are recorded by.
    ///   - compute: the threads whose use Monitor tells.
    public init(recorder: RunRecorder, compute: ThreadPool) {
        captures = CaptureRunner(recorder, compute)
    }

    deinit {
        stop()
        worker.stop()
    }

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
            captures.terminate(session: session)
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
    public func wake() { captures.wake() }

    /// Lets the current capture answer now, and takes no more.
    public func stop() { captures.close() }

    // MARK: Captures

    /// Admits the capture and leaves it to the worker.
    /// - Parameter delay: nanoseconds until it begins.
    private func begin(
        _ request: CaptureRequest, _ delay: UInt64, _ call: ServiceCall,
        answer: @escaping @Sendable (Capture) -> WireAnswer
    ) throws(Status) {
        let begin = Instant(nanoseconds: captures.clock.nanoseconds()).advanced(byNanoseconds: delay).nanoseconds
        try captures.admit(session: request.session)
        // The worker must not hold the last reference to the service, which waits for it in the end.
        worker.submit { [captures] in
            let result = captures.capture(request, begin: begin, call).map(answer)
            // Before the answer, so that who has got it may begin another one.
            captures.end()
            call.complete(result)
        }
    }

    static func wallNanoseconds() -> UInt64 { UInt64(clamping: WallClock.nanoseconds()) }

    /// `HH:MM:SS`, as the reference's monitor writes it, in the server's time zone.
    private static func timeOfDay() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
