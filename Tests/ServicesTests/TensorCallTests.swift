import Batching
import Models
import Servables
import ServingCore
import Tensors
import TestSupport
import Testing
import Threading

@testable import Services

@Suite struct TensorCallTests {
    private let bench = ServiceBench()
    private let batchingBench = ServiceBench(batching: BatchingParameters())
    private let half = ModelRequest(name: "half_plus_two", choice: .latest)
    private let input = Tensor([1, 2, 5] as [Float])

    private func call(
        _ model: ModelRequest, cancellation: CancellationFlag? = nil, _ complete: @escaping TensorCall.Completion,
        _ inputs: @escaping @Sendable (SignatureRunner) throws(Status) -> [(alias: String, value: Tensor)]
    ) -> TensorCall {
        TensorCall(
            model: model, deadline: .never, cancellation: cancellation, inputs: inputs, complete: complete)
    }

    private func predict(
        _ bench: ServiceBench, _ model: ModelRequest? = nil,
        _ inputs: @escaping @Sendable (SignatureRunner) throws(Status) -> [(alias: String, value: Tensor)]
    ) -> TensorAnswer {
        bench.begin { call(model ?? half, $0, inputs) }()
    }

    @Test(arguments: [VersionChoice.latest, .specific(1)])
    func outputsHaveTheirNames(_ choice: VersionChoice) throws {
        for bench in [bench, batchingBench] {
            let answer = predict(bench, ModelRequest(name: "half_plus_two", choice: choice)) { [input] _ in
                [("x", input)]
            }
            let outputs = try answer.result.get()
            #expect(outputs.map(\.alias) == ["y"])
            #expect(outputs.first?.value.array(Float.self) == [2.5, 3, 4.5])
            #expect(answer.facts?.version == 1 && answer.facts?.signatureName == "serving_default")
            #expect(answer.facts?.timings != nil)
        }
        let batched = predict(batchingBench) { [input] _ in [("x", input)] }
        #expect(batched.facts?.timings?.batchSize == 3)
    }

    @Test func theSignatureTellsWhatIsWanted() throws {
        let answer = predict(bench) { runner in
            runner.inputs.map { ($0.alias, Tensor(scalar: $0.port.dataType == .float ? 4 as Float : 0)) }
        }
        #expect(try answer.result.get().first?.value.array(Float.self) == [4])
    }

    @Test func aCallMayChooseItsSignature() throws {
        let answer = bench.begin { [input, half] complete in
            TensorCall(
                model: half, deadline: .never, cancellation: nil,
                feed: { (model) throws(Status) in
                    guard let runner = model.runner(for: "serving_default") else { throw .notFound("it") }
                    return TensorCall.Feed(runner, [("x", input)])
                }, complete: complete)
        }()
        #expect(try answer.result.get().count == 1)
        #expect(answer.facts?.signatureName == "serving_default")
    }

    @Test func refusals() {
        for bench in [bench, batchingBench] {
            func refusal(
                _ model: ModelRequest, _ inputs: [(alias: String, value: Tensor)]
            ) -> Status? { predict(bench, model) { _ in inputs }.refusal }
            #expect(
                refusal(ModelRequest(name: "nobody", choice: .latest), [])
                    == .notFound("Servable not found for request: Latest(nobody)"))
            #expect(
                refusal(ModelRequest(name: "half_plus_two", choice: .label("a")), [])
                    == .invalidArgument("Unrecognized servable version label: a"))
            #expect(
                refusal(ModelRequest(name: "half_plus_two", choice: .latest, signatureName: "s"), [])
                    == .failedPrecondition("Serving signature key \"s\" not found."))
            #expect(refusal(half, [])?.message.hasPrefix("input size does not match signature: 0!=1") == true)
            #expect(
                refusal(half, [("x", Tensor([1 as Int32]))])?.message
                    == "Expects arg[0] to be float but int32 is provided")
        }
    }

    @Test func whatTheInputsThrowIsTheAnswer() {
        let answer = predict(bench) { (_) throws(Status) in throw .unimplemented("not yet") }
        #expect(answer.refusal == .unimplemented("not yet"))
        #expect(answer.facts?.version == 1 && answer.facts?.model == "half_plus_two")
    }

    @Test func nobodyComputesForACallerWhoHasGone() {
        let gone = CancellationFlag()
        gone.cancel()
        let answer = bench.begin { complete in
            call(half, cancellation: gone, complete) { (_) throws(Status) in
                Issue.record("inputs were made")
                return []
            }
        }()
        #expect(answer.refusal?.code == .cancelled)
    }

    @Test func aCallWaitsForTheFirstLoad() throws {
        let bench = ServiceBench(isReady: false)
        let answer = bench.begin { [input] complete in call(half, complete) { _ in [("x", input)] } }
        while bench.manager.waitingRequests == 0 {}
        bench.load()
        #expect(try answer().result.get().first?.value.array(Float.self) == [2.5, 3, 4.5])
    }

    @Test func aCallIsKeptAsAMessageThatGivesTheSameAnswer() throws {
        var settings = TrafficRecorder.Settings()
        settings.recentRequests = 4
        let traffic = TrafficRecorder(settings)
        traffic.update(["half_plus_two": nil])
        let context = bench.context(traffic: traffic)
        _ = try bench.begin(context) { [input] complete in call(half, complete) { _ in [("x", input)] } }().result.get()
        _ = try bench.begin(context) { [input] complete in
            call(ModelRequest(name: "half_plus_two", choice: .specific(1)), complete) { _ in [("x", input)] }
        }().result.get()
        while traffic.isKeeping {}
        let kept = traffic.recentRequests(of: "half_plus_two")
        #expect(kept.count == 1)
        #expect(kept.allSatisfy { $0.version == 1 })
        for request in kept {
            #expect(try bench.predict(request.bytes).get() == RecordedMessages.bytes("predict_answer"))
        }
    }
}
