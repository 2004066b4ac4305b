import Servables
import ServingCore
import Testing

@testable import ModelServer

@Suite struct ReloadOutcomeTests {
    private func answer(
        _ progress: [String: ModelProgress], labels: [Status] = [], isLate: Bool = false
    ) -> Status? {
        let sorted = progress.sorted { $0.key < $1.key }.map { (model: $0.key, progress: $0.value) }
        return ReloadOutcome.answer(sorted, labelProblems: labels, isLate: isLate)
    }

    @Test func reloadWithoutModelsToWaitForIsFineAtOnce() { #expect(answer([:]) == .ok) }

    @Test func reloadWaitsForEveryModel() {
        #expect(answer(["a": .available, "b": .pending]) == nil)
        #expect(answer(["a": .failed(version: 1, .internalError("x")), "b": .pending]) == nil)
        #expect(answer(["a": .available, "b": .available]) == .ok)
    }

    @Test func failuresAreListedWithTheTextOfTensorFlowServing() {
        let status = answer([
            "a": .available, "b": .failed(version: 3, .notFound("no file")),
            "c": .failed(version: nil, .notFound("no path")),
        ])
        #expect(status?.code == .unknown)
        let list =
            "{{name: b version: 3} due to error: NOT_FOUND: no file}, {{name: c} due to error: NOT_FOUND: no path}, "
        #expect(status?.message == "2 model(s) did not become available: \(list)}")
    }

    @Test func timeIsUpWhileModelsAreLoading() {
        let late = answer(["a": .pending, "b": .available], isLate: true)
        #expect(late?.code == .deadlineExceeded)
        #expect(late?.message.contains("{{name: a} due to error: DEADLINE_EXCEEDED: it is not loaded yet") == true)
        let mixed = answer(["a": .pending, "b": .failed(version: 1, .internalError("x"))], isLate: true)
        #expect(mixed?.code == .unknown)
    }

    @Test func labelsThatAreNotInEffectAreReported() {
        let problem = Status.failedPrecondition("label")
        #expect(answer(["a": .available], labels: [problem]) == problem)
        #expect(answer(["a": .pending], labels: [problem]) == nil, "its version may still come")
        let both = answer(["a": .failed(version: 1, .internalError("x"))], labels: [problem])
        #expect(both?.code == .unknown && both?.message.hasSuffix("; label") == true)
    }

    @Test func progressFollowsTheLookAndTheWantedVersions() {
        func progress(_ look: Result<[Int64], Status>?, _ versions: [(Int64, WantedVersion.Progress)]) -> ModelProgress
        {
            ModelProgress(look: look, versions: versions.map { WantedVersion(version: $0.0, progress: $0.1) }) {
                .notFound("none")
            }
        }
        let broken = WantedVersion.Progress.failed(.internalError("x"))
        #expect(progress(nil, [(1, .available)]) == .pending, "the new base path has not been looked at")
        #expect(progress(.success([1]), [(1, .undecided), (2, .available)]) == .pending)
        #expect(progress(.success([1, 2]), [(1, broken), (2, .available)]) == .available)
        #expect(progress(.success([1, 2]), [(1, broken), (2, broken)]) == .failed(version: 2, .internalError("x")))
        #expect(progress(.success([]), []) == .failed(version: nil, .notFound("none")))
        #expect(progress(.failure(.notFound("path")), []) == .failed(version: nil, .notFound("path")))
    }
}
