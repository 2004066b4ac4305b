import Configuration
import ServingCore
import Threading

/// What configurations are applied to.
protocol ReloadTarget: Sendable {
    /// Makes `configuration` what is wanted. Must not wait for anything.
    func apply(_ configuration: ModelServerConfiguration)

    /// How far `model` has come since `apply`.
    func progress(of model: String) -> ModelProgress

    /// Why labels of `model` that the configuration asks for are not in effect.
    func labelProblems(of model: String) -> [Status]
}

/// Applies configurations one after the other and answers each when its models have settled.
///
/// Applying never waits for models, so that whatever keeps one reload waiting delays no later one. Each answer is bounded
/// by its deadline; what has been applied stays applied. All work is done on a thread of its own.
final class ConfigurationReloader: Sendable {
    /// Takes the outcome, once.
    typealias Completion = @Sendable (Status) -> Void

    private struct Request {
        let configuration: ModelServerConfiguration
        let deadline: Deadline
        let complete: Completion
    }

    /// A reload that has been applied and not answered.
    private struct Pending {
        /// The models that are new or not as they were before, sorted.
        let models: [String]
        let deadline: Deadline
        let complete: Completion
    }

    private struct State {
        var current: ModelServerConfiguration
        var queued: [Request] = []
        var unanswered = 0
        var isStopped = false
    }

    /// Reloads that may wait for their answer at once.
    static let maximumUnanswered = 1000
    /// Between two looks at what reloads wait for, nanoseconds.
    private static let period: UInt64 = 20_000_000

    private let state: ConditionLock<State>
    private let target: any ReloadTarget
    private let clock: any Clock

    /// - Parameter current: what has been applied already.
    init(current: ModelServerConfiguration, target: any ReloadTarget, clock: any Clock = SystemClock()) {
        state = ConditionLock(State(current: current))
        self.target = target
        self.clock = clock
        _ = Thread(name: "reload", niceness: 5) { [self] in run() }
    }

    /// Applies `configuration` after those that were submitted before it.
    /// - Parameters:
    ///   - deadline: the latest moment for the answer.
    ///   - complete: called on the thread of the reloads, or at once with RESOURCE_EXHAUSTED if too many are waiting.
    func submit(_ configuration: ModelServerConfiguration, deadline: Deadline, complete: @escaping Completion) {
        let refusal: Status? = state.withLockNotifyingAll { state in
            if state.isStopped { return ConfigurationReloader.stopping }
            guard state.unanswered < ConfigurationReloader.maximumUnanswered else {
                return Status(.resourceExhausted, "\(state.unanswered) reloads are waiting for their answers already")
            }
            state.unanswered += 1
            state.queued.append(Request(configuration: configuration, deadline: deadline, complete: complete))
            return nil
        }
        if let refusal { complete(refusal) }
    }

    private static let stopping = Status(.cancelled, "The server is stopping")

    /// Ends the thread without waiting for it; reloads without an answer get CANCELLED.
    func stop() { state.withLockNotifyingAll { $0.isStopped = true } }

    private func run() {
        var pending: [Pending] = []
        while let requests = next(hurrying: !pending.isEmpty) {
            for request in requests { pending.append(apply(request)) }
            pending = pending.filter { !answer($0) }
        }
        for reload in pending { reload.complete(ConfigurationReloader.stopping) }
        for request in state.withLock({ $0.queued }) { request.complete(ConfigurationReloader.stopping) }
    }

    /// What has been submitted; waits for it, but not long if earlier reloads have not been answered. nil: stopped.
    private func next(hurrying: Bool) -> [Request]? {
        let deadline = hurrying ? clock.nanoseconds() &+ ConfigurationReloader.period : .max
        _ = state.wait(untilNanoseconds: deadline) { $0.isStopped || !$0.queued.isEmpty ? () : nil }
        return state.withLock { state in
            guard !state.isStopped else { return nil }
            defer { state.queued = [] }
            return state.queued
        }
    }

    private func apply(_ request: Request) -> Pending {
        let old = state.withLock { state in
            defer { state.current = request.configuration }
            return state.current
        }
        let change = ConfigurationChange(from: old, to: request.configuration)
        if !change.isEmpty { Log.info("Applying a new list of models: \(change)") }
        for remark in request.configuration.remarks where !old.remarks.contains(remark) { Log.warning(remark) }
        target.apply(request.configuration)
        return Pending(models: change.awaited, deadline: request.deadline, complete: request.complete)
    }

    /// True if the reload has got its answer.
    private func answer(_ reload: Pending) -> Bool {
        let isLate = reload.deadline.hasPassed(at: Instant(nanoseconds: clock.nanoseconds()))
        let configured = state.withLock { Set($0.current.models.map(\.name)) }
        let progress = reload.models.map { model in
            (model: model, progress: configured.contains(model) ? target.progress(of: model) : .removed)
        }
        let problems = reload.models.flatMap(target.labelProblems(of:))
        guard let status = ReloadOutcome.answer(progress, labelProblems: problems, isLate: isLate) else { return false }
        state.withLock { $0.unanswered -= 1 }
        reload.complete(status)
        return true
    }
}
