import Configuration
import Servables
import ServingCore
import TestSupport
import Testing
import Threading

@testable import ModelServer

/// Models that settle when a test says so.
private final class TestTarget: ReloadTarget {
    struct State {
        var applied: [[String]] = []
        var progress: [String: ModelProgress] = [:]
        /// Whether `apply` waits.
        var isHeld = false
    }

    let state = ConditionLock(State())

    func apply(_ configuration: ModelServerConfiguration) {
        state.withLockNotifyingAll { $0.applied.append(configuration.models.map(\.name)) }
        state.wait { $0.isHeld ? nil : () }
    }

    func progress(of model: String) -> ModelProgress { state.withLock { $0.progress[model] ?? .pending } }

    func labelProblems(of model: String) -> [Status] { [] }

    func settle(_ model: String, _ progress: ModelProgress) {
        state.withLockNotifyingAll { $0.progress[model] = progress }
    }

    /// Waits until `count` configurations have been applied; false after a minute.
    func hasApplied(_ count: Int) -> Bool {
        let end = SystemClock().nanoseconds() + 60_000_000_000
        return state.wait(untilNanoseconds: end) { $0.applied.count >= count ? () : nil } != nil
    }
}

/// Answers by the name that the test gave to the reload.
private final class Answers: Sendable {
    let all = ConditionLock<[String: [Status]]>([:])

    func taker(_ name: String) -> ConfigurationReloader.Completion {
        { status in self.all.withLockNotifyingAll { $0[name, default: []].append(status) } }
    }

    /// The answers to `name`, as soon as there is one; empty after a minute.
    func answers(_ name: String) -> [Status] {
        let end = SystemClock().nanoseconds() + 60_000_000_000
        return all.wait(untilNanoseconds: end) { $0[name] } ?? []
    }
}

private func configuration(_ names: String...) throws -> ModelServerConfiguration {
    let entries = names.map { "config { name: '\($0)' base_path: '/\($0)' model_platform: 'tensorflow' }" }
    let folder = TemporaryDirectory()
    let list = "model_config_list { \(entries.joined(separator: " ")) }"
    return try ModelServerConfiguration(contentsOf: folder.write("models.config", list))
}

@Suite struct ConfigurationReloaderTests {
    private let target = TestTarget()
    private let answers = Answers()

    private func deadline(_ seconds: UInt64) -> Deadline {
        Deadline(Instant(nanoseconds: SystemClock().nanoseconds() + seconds * 1_000_000_000))
    }

    @Test func reloadThatWaitsDelaysNoLaterOne() throws {
        let reloader = ConfigurationReloader(current: ModelServerConfiguration(), target: target)
        defer { reloader.stop() }
        reloader.submit(try configuration("stuck"), deadline: .never, complete: answers.taker("first"))
        reloader.submit(try configuration("stuck", "good"), deadline: .never, complete: answers.taker("second"))
        target.settle("good", .available)
        #expect(answers.answers("second") == [.ok], "it waits for what it changed only")
        #expect(answers.all.withLock { $0["first"] } == nil)
        target.settle("stuck", .failed(version: 1, .internalError("x")))
        #expect(answers.answers("first").map(\.code) == [.unknown])
    }

    @Test func answerIsBoundedByItsDeadline() throws {
        let reloader = ConfigurationReloader(current: ModelServerConfiguration(), target: target)
        defer { reloader.stop() }
        reloader.submit(try configuration("stuck"), deadline: deadline(0), complete: answers.taker("first"))
        #expect(answers.answers("first").map(\.code) == [.deadlineExceeded])
        #expect(target.state.withLock { $0.applied } == [["stuck"]], "it stays applied")
    }

    @Test func laterReloadThatTakesTheModelAwayEndsTheWait() throws {
        let reloader = ConfigurationReloader(current: ModelServerConfiguration(), target: target)
        defer { reloader.stop() }
        reloader.submit(try configuration("stuck"), deadline: .never, complete: answers.taker("first"))
        #expect(target.hasApplied(1))
        reloader.submit(try configuration(), deadline: .never, complete: answers.taker("second"))
        #expect(answers.answers("second") == [.ok])
        #expect(answers.answers("first").first?.message.contains("ABORTED: a later reload") == true)
    }

    @Test func unchangedListIsFineWhateverStateItsModelsAreIn() throws {
        let reloader = ConfigurationReloader(current: try configuration("broken"), target: target)
        defer { reloader.stop() }
        target.settle("broken", .failed(version: 1, .internalError("x")))
        reloader.submit(try configuration("broken"), deadline: .never, complete: answers.taker("same"))
        #expect(answers.answers("same") == [.ok])
    }

    @Test func tooManyWaitingReloadsAreRefusedAndAllAreAnsweredAtTheEnd() throws {
        target.state.withLock { $0.isHeld = true }
        let reloader = ConfigurationReloader(current: ModelServerConfiguration(), target: target)
        let stuck = try configuration("stuck")
        let limit = ConfigurationReloader.maximumUnanswered
        for index in 0..<limit {
            reloader.submit(stuck, deadline: .never, complete: answers.taker("\(index)"))
        }
        reloader.submit(stuck, deadline: .never, complete: answers.taker("one more"))
        #expect(answers.answers("one more").map(\.code) == [.resourceExhausted])
        reloader.stop()
        reloader.submit(stuck, deadline: .never, complete: answers.taker("late"))
        #expect(answers.answers("late").map(\.code) == [.cancelled])
        target.state.withLockNotifyingAll { $0.isHeld = false }
        for index in 0..<limit { #expect(answers.answers("\(index)").count == 1, "reload \(index)") }
    }
}
