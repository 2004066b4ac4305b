import Configuration
import ServingCore
import Threading

/// Re-reads the file with the list of models, periodically and when asked to, on a thread of its own, which a file system
/// that hangs may hold for as long as it likes.
final class ConfigurationFileWatch: Sendable {
    typealias Load = @Sendable () throws(Status) -> ModelServerConfiguration
    /// Applies a configuration and reports its outcome.
    typealias Apply = @Sendable (ModelServerConfiguration, @escaping ConfigurationReloader.Completion) -> Void

    private struct State {
        var isAsked = false
        var isStopped = false
        /// The last error that was logged, so that one that lasts is not logged at every look.
        var complaint: String?
    }

    private let state = ConditionLock(State())
    private let load: Load
    private let apply: Apply
    /// Nanoseconds; nil: only when asked.
    private let period: UInt64?
    private let clock: any Clock

    /// - Parameter pollSeconds: the period; 0 or less: the file is only read when asked for.
    init(pollSeconds: Int32, clock: any Clock = SystemClock(), load: @escaping Load, apply: @escaping Apply) {
        period = pollSeconds > 0 ? UInt64(pollSeconds) * 1_000_000_000 : nil
        self.clock = clock
        self.load = load
        self.apply = apply
        _ = Thread(name: "config", niceness: 5) { [self] in run() }
    }

    /// Reads the file soon, whatever the period.
    func readNow() {
        state.withLockNotifyingAll { state in
            state.isAsked = true
            state.complaint = nil
        }
    }

    /// Ends the thread without waiting for it.
    func stop() { state.withLockNotifyingAll { $0.isStopped = true } }

    private func run() {
        while waitForTurn() {
            do throws(Status) {
                let configuration = try load()
                apply(configuration) { [self] status in
                    report(status, "PollFilesystemAndReloadConfig failed to ReloadConfig: ")
                }
            } catch {
                report(error, "Failed to read ModelServerConfig file: ")
            }
        }
    }

    /// False when stopped.
    private func waitForTurn() -> Bool {
        let now = Instant(nanoseconds: clock.nanoseconds())
        let next = period.map { now.advanced(byNanoseconds: $0).nanoseconds } ?? .max
        _ = state.wait(untilNanoseconds: next) { $0.isAsked || $0.isStopped ? () : nil }
        return state.withLock { state in
            state.isAsked = false
            return !state.isStopped
        }
    }

    private func report(_ status: Status, _ introduction: String) {
        let complaint = status.isOK ? nil : introduction + status.message
        let isNews = state.withLock { state in
            defer { state.complaint = complaint }
            return state.complaint != complaint
        }
        guard isNews else { return }
        if let complaint { Log.error(complaint) } else { Log.info("The list of models is applied again") }
    }
}
