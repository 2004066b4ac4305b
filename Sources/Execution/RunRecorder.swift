import Synchronization
import Threading

/// Records what runs spend their time on while somebody wants to know.
///
/// A run asks once, by reading a flag, whether it is to be recorded; as long as nothing records, that is all it costs.
public final class RunRecorder: Sendable {
    private struct State {
        var recording: Recording?
        var generation: UInt64 = 0
        var budget = StepBudget(0)
        /// Recorded runs that have not ended.
        var underWay = 0
        var observer: (any StepObserver)?
    }

    private let isRecording = Atomic<Bool>(false)
    private let state = ConditionLock(State())
    private let clock: any Clock

    public init(clock: any Clock = SystemClock()) { self.clock = clock }

    /// Begins to record the runs that begin from now on.
    /// - Parameters:
    ///   - limit: how many records of runs and steps are kept together; 64 bytes each at most.
    ///   - observer: is told of all steps of the runs, whether or not there is room for their records.
    /// - Returns: false if it records already.
    public func start(limit: Int, observer: (any StepObserver)? = nil) -> Bool {
        state.withLock { state in
            guard state.recording == nil else { return false }
            state.recording = Recording(begin: clock.nanoseconds())
            state.generation += 1
            state.budget = StepBudget(max(0, limit))
            state.underWay = 0
            state.observer = observer
            isRecording.store(true, ordering: .relaxed)
            return true
        }
    }

    /// Records no further runs; those under way still are, until `stop`.
    public func close() { isRecording.store(false, ordering: .relaxed) }

    /// Whether some of the recorded runs have not ended.
    public var hasRunsUnderWay: Bool { state.withLock { $0.underWay > 0 } }

    /// Ends recording.
    /// - Returns: what was recorded; nil if nothing was to be. Runs that have not ended count as dropped.
    public func stop() -> Recording? {
        isRecording.store(false, ordering: .relaxed)
        return state.withLock { state in
            guard var recording = state.recording.take() else { return nil }
            recording.end = clock.nanoseconds()
            recording.droppedRuns += state.underWay
            state.underWay = 0
            state.observer = nil
            return recording
        }
    }

    /// To be asked when a run begins: what its context's `trace` shall be; nil if the run is not to be recorded.
    /// - Parameter label: only called if it is.
    @inline(__always)
    public func runBegins(_ label: () -> RunLabel) -> RunTrace? {
        guard isRecording.load(ordering: .relaxed) else { return nil }
        return makeTrace(label())
    }

    @inline(never)
    private func makeTrace(_ label: RunLabel) -> RunTrace? {
        state.withLock { state -> RunTrace? in
            guard state.recording != nil else { return nil }
            guard state.budget.takeOne() else {
                state.recording?.droppedRuns += 1
                return nil
            }
            state.underWay += 1
            return RunTrace(
                label: label, generation: state.generation, budget: state.budget, observer: state.observer, clock: clock
            )
        }
    }

    /// To be called once for each trace when its run has ended; nobody may write to it any more.
    public func runEnds(_ trace: RunTrace, failed: Bool) {
        let end = clock.nanoseconds()
        state.withLock { state in
            guard state.generation == trace.generation, state.recording != nil else { return }
            state.underWay -= 1
            state.recording?.append(trace, end: end, failed: failed)
        }
    }
}
