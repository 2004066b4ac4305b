import Execution
import Profiling
import ServingCore
import Threading

/// Makes captures, one at a time, on the thread of whoever asks.
final class CaptureRunner: Sendable {
    private let recorder: RunRecorder
    private let compute: ThreadPool
    private let desk = ConditionLock(CaptureDesk())
    let clock = SystemClock()

    /// How long a capture that is over waits for runs that it has seen begin.
    private static let grace: UInt64 = 2_000_000_000

    init(_ recorder: RunRecorder, _ compute: ThreadPool) {
        self.recorder = recorder
        self.compute = compute
    }

    /// Makes room for a capture, which must `end`. Throws INTERNAL with TensorFlow's text if there is one already, and
    /// UNAVAILABLE after `close`.
    func admit(session: String?) throws(Status) {
        switch desk.withLock({ $0.begin(session: session) }) {
        case .admitted: return
        case .busy: throw CaptureRunner.busy
        case .closed: throw .unavailable("the server is shutting down")
        }
    }

    private static let busy = Status.internalError("Another profiling session active.")

    func end() { desk.withLock { $0.end() } }

    func terminate(session: String) { desk.withLockNotifyingAll { $0.terminate(session: session) } }

    /// Ends the capture and admits no more.
    func close() { desk.withLockNotifyingAll { $0.close() } }

    /// Looks at once whether the caller of the capture is gone.
    func wake() { desk.withLockNotifyingAll { _ in } }

    /// Records until the time is over.
    func capture(_ request: CaptureRequest, begin: UInt64, _ call: ServiceCall) -> Result<Capture, Status> {
        var timeline = CaptureTimeline(
            begin: begin, duration: request.durationNanoseconds, grace: CaptureRunner.grace)
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
                    return .failure(CaptureRunner.busy)
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
}
