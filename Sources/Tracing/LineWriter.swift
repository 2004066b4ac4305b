import ServingCore
import Threading

/// Words and writes lines on a thread of its own, so that who has something to say never waits for the reader of a pipe or for a
/// disk.
public final class LineWriter: Sendable {
    private struct State {
        var queue: LineQueue
        /// Whether the thread is at work on lines that it has taken.
        var isWriting = false
        var isStopped = false
    }

    private let state: ConditionLock<State>
    private let thread: ConditionLock<Thread?> = ConditionLock(nil)

    /// More than these are dropped.
    public static let lineLimit = 16_384
    /// The same in bytes, which are estimated.
    public static let byteLimit = 8 << 20

    /// Starts the thread.
    /// - Parameters:
    ///   - format: what the lines look like.
    ///   - write: writes whole lines, however long that takes; called on the thread.
    public init(
        _ format: LogFormat, lineLimit: Int = LineWriter.lineLimit, byteLimit: Int = LineWriter.byteLimit,
        write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void = { Log.writeToStandardError($0) }
    ) {
        state = ConditionLock(State(queue: LineQueue(lineLimit: lineLimit, byteLimit: byteLimit)))
        thread.withLock { $0 = Thread(name: "log") { [state] in LineWriter.run(state, format, write) } }
    }

    /// Has `line` written soon; drops it if too many wait already, or after `stop`. Never waits.
    public func write(_ line: LogLine) {
        let wakes = state.withLock { state in
            guard !state.isStopped else { return false }
            let wasEmpty = state.queue.isEmpty
            return state.queue.offer(line) && wasEmpty && !state.isWriting
        }
        if wakes { state.withLockNotifyingAll { _ in } }
    }

    /// Lines that were not written because too many waited.
    public var droppedLines: UInt64 { state.withLock { $0.queue.dropped } }

    /// Writes what waits, takes nothing more, and ends the thread.
    /// - Parameter deadline: nanoseconds on the monotonic clock; who reads the lines may have stopped for ever.
    /// - Returns: whether everything has been written.
    @discardableResult
    public func stop(untilNanoseconds deadline: UInt64) -> Bool {
        state.withLockNotifyingAll { $0.isStopped = true }
        let isDone = state.wait(untilNanoseconds: deadline) { $0.queue.isEmpty && !$0.isWriting ? true : nil }
        let running = thread.withLock { $0.take() }
        guard isDone == true else { return false }
        running?.join()
        return true
    }

    private static func run(
        _ state: ConditionLock<State>, _ format: LogFormat, _ write: (UnsafeRawBufferPointer) -> Void
    ) {
        while true {
            let next = state.wait { state -> (lines: [LogLine], dropped: UInt64)?? in
                if !state.queue.isEmpty {
                    state.isWriting = true
                    return .some(state.queue.takeAll())
                }
                return state.isStopped ? .some(nil) : nil
            }
            guard let next else { return }
            var bytes: [UInt8] = []
            for line in next.lines { bytes += format.text(of: line) }
            if next.dropped > 0 { bytes += format.line(LineWriter.complaint(next.dropped)) }
            bytes.withUnsafeBytes { write($0) }
            state.withLockNotifyingAll { $0.isWriting = false }
        }
    }

    /// The event that tells how many lines were dropped.
    private static func complaint(_ dropped: UInt64, line: Int = #line) -> Log.Event {
        Log.Event(
            severity: .warning, file: "LineWriter.swift", line: line,
            message: "\(dropped) lines were dropped, because the log is read too slowly", time: WallClock.nanoseconds())
    }
}
