/// When a capture begins to record, stops and answers: pure decisions, in nanoseconds on a monotonic clock.
struct CaptureTimeline {
    enum Step: Equatable {
        /// Ask again when the time has come or something else has changed.
        case wait(until: UInt64)
        case start
        /// Runs that begin from now on are not recorded.
        case close
        case finish
        /// Nobody waits for the answer.
        case abandon
    }

    /// What else counts besides the time.
    struct Circumstances {
        /// Somebody has asked for the answer now.
        var mustEnd = false
        /// The caller is gone.
        var isAbandoned = false
        /// Recorded runs have not ended.
        var hasRunsUnderWay = false
    }

    private enum Phase {
        case waiting
        case recording
        case lingering
        case finished
    }

    private var phase = Phase.waiting
    private let begin: UInt64
    private var end: UInt64
    private let duration: UInt64
    private let grace: UInt64

    /// - Parameters:
    ///   - begin: when to start.
    ///   - duration: how long to record.
    ///   - grace: how long to wait in the end for runs under way.
    init(begin: UInt64, duration: UInt64, grace: UInt64) {
        self.begin = begin
        self.duration = duration
        self.grace = grace
        end = begin
    }

    /// What to do at `now`.
    mutating func next(at now: UInt64, _ circumstances: Circumstances) -> Step {
        if circumstances.isAbandoned { phase = .finished }
        switch phase {
        case .waiting:
            guard circumstances.mustEnd || now >= begin else { return .wait(until: begin) }
            phase = .recording
            end = CaptureTimeline.sum(now, circumstances.mustEnd ? 0 : duration)
            return .start
        case .recording:
            guard circumstances.mustEnd || now >= end else { return .wait(until: end) }
            phase = .lingering
            end = CaptureTimeline.sum(now, grace)
            return .close
        case .lingering:
            // Nobody says when the runs have ended, so they are looked for now and then.
            guard circumstances.mustEnd || !circumstances.hasRunsUnderWay || now >= end else {
                return .wait(until: min(end, CaptureTimeline.sum(now, CaptureTimeline.pause)))
            }
            phase = .finished
            return .finish
        case .finished: return circumstances.isAbandoned ? .abandon : .finish
        }
    }

    private static let pause: UInt64 = 5_000_000

    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }
}
