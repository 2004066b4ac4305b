import Batching
import Servables
import ServingCore
import Tensors
import TestSupport
import Testing
import Threading

@testable import Models

/// Queues of loaded versions.
@Suite final class ModelBatchingTests {
    private let threads = ThreadPool(name: "test", threadCount: 2)

    deinit { threads.stop() }

    private func batching(
        _ standard: ModelBatching.Standard, _ policy: BatchScheduler.Policy = .adaptive
    ) -> ModelBatching {
        ModelBatching(
            scheduler: BatchScheduler(threads: threads, limit: 2, policy: policy), policy: policy, standard: standard)
    }

    private func loaded(_ name: String, _ batching: ModelBatching) throws -> Model {
        try load("Tests/Fixtures/EndToEnd/models/\(name)/1") { $0.batching = batching }
    }

    private static func parameters(_ rows: Int64) -> BatchingParameters {
        var parameters = BatchingParameters()
        parameters.maximumBatchSize = rows
        return parameters
    }

    /// The queue that is there for `outputs` of a signature.
    private func queue(_ model: Model, _ signature: String, _ outputs: [String]? = nil) throws -> BatchQueue? {
        let runner = try #require(model.runner(for: signature))
        guard case .queue(let queue) = model.route(of: runner, outputs: outputs ?? runner.outputAliases) else {
            return nil
        }
        return queue
    }

    @Test func queueForAllOutputsIsThereFromTheStart() throws {
        let model = try loaded("batches", batching(.all(Self.parameters(7))))
        let queue = try #require(try queue(model, "rows"))
        #expect(queue.parameters == Self.parameters(7))
        #expect(
            queue.identity
                == BatchQueue.Identity(model: "m", version: 1, signature: "rows", outputs: ["successor", "twice"]))
        #expect(try self.queue(model, "words") !== queue)
        #expect(try self.queue(model, "rows") === queue)
    }

    @Test func queuesForFiltersAreMadeOnFirstUseAndBounded() throws {
        let model = try loaded("batches", batching(.all(Self.parameters(7))))
        let runner = try #require(model.runner(for: "rows"))
        #expect(try queue(model, "rows", ["twice"]) == nil)
        let made = try #require(try model.queue(of: runner, outputs: ["twice"]))
        #expect(try queue(model, "rows", ["twice"]) === made)
        #expect(made.identity.outputs == ["twice"])
        #expect(try model.queue(of: runner, outputs: ["twice", "successor"]) !== queue(model, "rows"))
        let queues = runner.queues.load()
        let known = try #require(queues)
        for number in 0..<100 {
            _ = known.queue(for: ["\(number)"], Self.parameters(7)) { inputs, _, _ throws(Status) in inputs }
        }
        #expect(try queue(model, "rows", ["twice"]) == nil)
        #expect(try queue(model, "rows") != nil)
    }

    @Test func withoutParametersNothingIsBatched() throws {
        let model = try loaded("batches", batching(.off))
        #expect(try queue(model, "rows") == nil)
        let runner = try #require(model.runner(for: "rows"))
        #expect(try model.queue(of: runner, outputs: ["twice"]) == nil)
    }

    @Test(arguments: ["scalar", "fixed", "total"])
    func signaturesWithoutRowsAreLeftAloneUnlessStrict(_ signature: String) throws {
        #expect(try queue(try loaded("batches", batching(.all(Self.parameters(7)))), signature) == nil)
        #expect(try queue(try loaded("batches", batching(.all(Self.parameters(7)), .strict)), signature) != nil)
    }

    @Test(arguments: BatchScheduler.Policy.allCases)
    func signaturesThatChangeStateAreNeverBatched(_ policy: BatchScheduler.Policy) throws {
        #expect(try queue(try loaded("counter", batching(.all(Self.parameters(7)), policy)), "incr") == nil)
    }

    @Test func whatIsWrittenForAModelWinsAndCanChangeWhileItIsServed() throws {
        let batching = batching(.all(Self.parameters(7)))
        let model = try loaded("batches", batching)
        let first = try #require(try queue(model, "rows"))
        batching.update(["other": Self.parameters(3)])
        #expect(try queue(model, "rows") === first)
        batching.update(["m": Self.parameters(3)])
        let runner = try #require(model.runner(for: "rows"))
        guard case .unprepared = model.route(of: runner, outputs: runner.outputAliases) else {
            Issue.record("the queue with the old parameters is still there")
            return
        }
        #expect(try model.queue(of: runner, outputs: runner.outputAliases)?.parameters == Self.parameters(3))
        batching.update([:])
        #expect(try model.queue(of: runner, outputs: runner.outputAliases)?.parameters == Self.parameters(7))
    }

    @Test func batchingBeginsAndEndsWithWhatIsWrittenForTheModel() throws {
        let batching = batching(.off)
        let model = try loaded("batches", batching)
        let runner = try #require(model.runner(for: "rows"))
        batching.update(["m": Self.parameters(3)])
        #expect(try model.queue(of: runner, outputs: runner.outputAliases) != nil)
        batching.update([:])
        #expect(try queue(model, "rows") == nil)
    }

    @Test func versionsGoByTheirFolders() throws {
        let some = batching(.versionFolders(file: "f") { (_) throws(Status) in Self.parameters(5) })
        #expect(try queue(try loaded("batches", some), "rows")?.parameters == Self.parameters(5))
        let none = batching(.versionFolders(file: "f") { (_) throws(Status) in nil })
        #expect(try queue(try loaded("batches", none), "rows") == nil)
        let bad = batching(.versionFolders(file: "f") { (_) throws(Status) in throw .invalidArgument("bad") })
        #expect(throws: Status.invalidArgument("bad")) { try loaded("batches", bad) }
    }

    // MARK: Requests

    /// Sends a request to `queue` and waits for its answer.
    private func answer(
        _ model: Model, _ signature: String, _ inputs: [Tensor], outputs: [String]? = nil
    ) throws -> Result<BatchAnswer, Status> {
        let runner = try #require(model.runner(for: signature))
        let answers = ConditionLock<[Result<BatchAnswer, Status>]>([])
        model.start(
            runner, inputs, outputs: outputs ?? runner.outputAliases, deadline: .never, cancellation: nil
        ) { result in answers.withLockNotifyingAll { $0.append(result) } }
        return answers.wait { $0.first }
    }

    @Test func answersAreThoseOfARunByItself() throws {
        let model = try loaded("batches", batching(.all(Self.parameters(7))))
        let input = Tensor([Float(1), 2, 3, 4, 5, 6], shape: [3, 2])
        let batched = try answer(model, "rows", [input]).get()
        #expect(batched.timings.batchSize == 3)
        let runner = try #require(model.runner(for: "rows"))
        let alone = try model.timedRun(
            runner, feeds: [input], outputs: runner.outputAliases, in: model.makeArena(), deadline: .never,
            cancellation: nil)
        #expect(alone.timings.batchSize == 0)
        for (one, other) in zip(batched.outputs, alone.outputs) {
            #expect(one.array(Float.self) == other.array(Float.self) && one.shape == other.shape)
        }
    }

    @Test func inputsOfAnotherTypeAreRefusedBeforeTheyAreQueued() throws {
        let model = try loaded("batches", batching(.all(Self.parameters(7))))
        let text = "Expects arg[0] to be float but int64 is provided"
        #expect(throws: Status.invalidArgument(text)) {
            try answer(model, "rows", [Tensor([Int64(1)], shape: [1, 1])]).get()
        }
        let size = "Task size 8 is larger than maximum input batch size 7"
        #expect(throws: Status.invalidArgument(size)) {
            try answer(model, "rows", [Tensor([Float](repeating: 1, count: 8), shape: [8, 1])]).get()
        }
    }
}
