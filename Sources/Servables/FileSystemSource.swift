import ServingCore
import Threading

/// Watches base paths and says which versions are wanted; all its file system access is on its own thread.
public final class FileSystemSource: Sendable {
    /// Called on the poll thread for each model whose base path could be read; an empty list means that none is wanted.
    public typealias Publish = @Sendable (_ model: String, _ versions: [AspiredVersion]) -> Void

    private struct Control {
        var servables: [MonitoredServable] = []
        /// Models that were taken away and whose versions are not wanted any more.
        var removed: [String] = []
        var pollRequested = true
        var completedPolls = 0
        var isStopped = false
    }

    private let control = ConditionLock(Control())
    private let fileSystem: any FileSystem
    private let clock: any Clock
    private let pollWaitSeconds: Int64
    private let publish: Publish
    private let afterPoll: @Sendable () -> Void
    private let thread: ConditionLock<Thread?> = ConditionLock(nil)

    /// - Parameters:
    ///   - pollWaitSeconds: greater than 0: the period; 0: look once, and once more when the models change; less than
    ///     0: never look.
    ///   - afterPoll: called on the poll thread after each round.
    public init(
        pollWaitSeconds: Int64, fileSystem: any FileSystem = LocalFileSystem(), clock: any Clock = SystemClock(),
        publish: @escaping Publish, afterPoll: @escaping @Sendable () -> Void = {}
    ) {
        self.pollWaitSeconds = pollWaitSeconds
        self.fileSystem = fileSystem
        self.clock = clock
        self.publish = publish
        self.afterPoll = afterPoll
    }

    /// Replaces the watched models. The first look at them is taken at once; the versions of models that are not in the
    /// list any more are given up.
    public func update(_ servables: [MonitoredServable]) {
        control.withLockNotifyingAll { control in
            let names = Set(servables.map(\.name))
            control.removed += control.servables.map(\.name).filter { !names.contains($0) }
            control.removed.removeAll(where: names.contains)
            control.servables = servables
            control.pollRequested = true
        }
    }

    /// Starts the poll thread.
    public func start() {
        thread.withLock { thread in
            guard thread == nil else { return }
            thread = Thread(name: "poll", niceness: 5) { [self] in run() }
        }
    }

    /// Makes the poll thread end after the look that it may be taking, but does not wait for it: a file system that
    /// hangs must not keep the process from ending.
    public func requestStop() { control.withLockNotifyingAll { $0.isStopped = true } }

    /// Ends the poll thread after the look that it may be taking.
    public func stop() {
        requestStop()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    /// Rounds that have been completed since the start.
    public var completedPolls: Int { control.withLock { $0.completedPolls } }

    private func run() {
        var state = SourceState()
        while let work = nextWork() {
            for name in work.removed { publish(name, []) }
            if pollWaitSeconds >= 0 {
                state.keepOnly(Set(work.servables.map(\.name)))
                for servable in work.servables { poll(servable, &state) }
            }
            afterPoll()
            control.withLockNotifyingAll { $0.completedPolls += 1 }
        }
    }

    /// Waits for the next round; nil when stopped.
    private func nextWork() -> (servables: [MonitoredServable], removed: [String])? {
        let deadline: UInt64
        if pollWaitSeconds > 0 {
            let (wait, overflow) = UInt64(pollWaitSeconds).multipliedReportingOverflow(by: 1_000_000_000)
            let now = Instant(nanoseconds: clock.nanoseconds())
            deadline = now.advanced(byNanoseconds: overflow ? .max : wait).nanoseconds
        } else {
            deadline = .max
        }
        _ = control.wait(untilNanoseconds: deadline) { $0.isStopped || $0.pollRequested ? () : nil }
        return control.withLock { control in
            guard !control.isStopped else { return nil }
            control.pollRequested = false
            defer { control.removed = [] }
            return (control.servables, control.removed)
        }
    }

    private func poll(_ servable: MonitoredServable, _ state: inout SourceState) {
        let outcome = state.observe(
            servable, list(servable.basePath), at: Instant(nanoseconds: clock.nanoseconds()))
        for warning in outcome.warnings { Log.warning(warning) }
        if let aspired = outcome.aspired, isWatched(servable) { publish(servable.name, aspired) }
    }

    private func isWatched(_ servable: MonitoredServable) -> Bool {
        control.withLock { $0.servables.contains(servable) }
    }

    /// Lists a base path; a list without versions is confirmed by a second look, because a rename during the first one
    /// can hide both names and giving up a working model is the costliest mistake here.
    private func list(_ base: String) -> Result<VersionDirectories, Status> {
        func look() -> Result<VersionDirectories, Status> {
            do throws(Status) {
                return .success(try VersionDirectories(under: base, in: fileSystem))
            } catch {
                return .failure(error)
            }
        }
        let first = look()
        if case .success(let found) = first, found.names.isEmpty { return look() }
        return first
    }
}
