import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Loops over recurrent cells become one node, and where they can't, or a request does not fit it, the answer is the loop's.
@Suite struct RecurrenceTests {
    private static let folder = "Tests/Fixtures/Models/recurrent"
    private static let layers = [
        "lstm": ["FusedLSTM"], "lstm_states": ["FusedLSTM"], "lstm_no_bias": ["FusedLSTM"],
        "lstm_backwards": ["FusedLSTM"], "lstm_fixed": ["FusedLSTM"], "lstm_given": ["FusedLSTM"],
        "lstm_one_state": ["FusedLSTM"], "masked_lstm": ["FusedLSTM"], "bidirectional": ["FusedLSTM", "FusedLSTM"],
        "gru": ["FusedGRU"], "gru_states": ["FusedGRU"], "gru_no_bias": ["FusedGRU"], "gru_given": ["FusedGRU"],
        "masked_gru": ["FusedGRU"], "bidirectional_gru": ["FusedGRU", "FusedGRU"], "gru_reset_before": ["FusedGRU"],
        "simple": ["FusedRNN"],
        "simple_relu": ["FusedRNN"],
    ]

    private static let ops: Set<String> = ["FusedLSTM", "FusedGRU", "FusedRNN", "While", "StatelessWhile"]

    private func recurrentOps(_ model: Model, _ signature: String) throws -> [String] {
        let runner = try #require(model.runner(for: signature))
        return try runner.program(for: runner.outputs(filter: [])).steps.map(\.op).filter(Self.ops.contains)
    }

    @Test(arguments: ["keras2", "keras3"]) func loopsOfKerasBecomeOneNode(_ generation: String) throws {
        let model = try load("\(Self.folder)/\(generation)")
        for (signature, expected) in Self.layers {
            #expect(try recurrentOps(model, signature) == expected, "\(signature)")
        }
    }

    @Test func modelsOfSeveralLayersHaveNoLoopLeft() throws {
        let ops = try recurrentOps(try load("\(Self.folder)/stacked"), "serve")
        #expect(ops == ["FusedLSTM", "FusedGRU", "FusedGRU", "FusedLSTM"])
    }

    @Test(arguments: ["keras2", "keras3"]) func cellsOfOtherEquationsStayLoops(_ generation: String) throws {
        let model = try load("\(Self.folder)/\(generation)")
        #expect(try recurrentOps(model, "lstm_hard").allSatisfy { $0.hasSuffix("While") })
    }

    /// Sequences and states of sizes that do not fit each other.
    @Test(arguments: ["keras2", "keras3"]) func misfitsFailAsTheLoopDoes(_ generation: String) throws {
        let fused = try load("\(Self.folder)/\(generation)")
        let plain = try load("\(Self.folder)/\(generation)") { $0.compilerOptions.fusions = [] }
        for (signature, x, h) in [
            ("gru_given", [2, 3, 3], [2, 4]), ("gru_given", [2, 3, 3], [3, 5]), ("lstm_given", [2, 0, 3], [2, 5]),
            ("lstm_given", [0, 2, 3], [0, 5]), ("lstm_given", [4, 2, 3], [2, 5]), ("lstm_given", [4, 2, 3], [1, 5]),
        ] {
            let inputs = ["x": zeros(x), "h": zeros(h)]
            let label: Comment = "\(signature) \(x) \(h)"
            var answers: [[String: Tensor]] = []
            var failures: [Status?] = []
            for model in [fused, plain] {
                failures.append(failure { () throws(Status) in answers.append(try model.answer(signature, inputs)) })
            }
            #expect(failures[0]?.code == failures[1]?.code, label)
            #expect(failures[0]?.message == failures[1]?.message, label)
            guard answers.count == 2 else { continue }
            for (alias, expected) in answers[1] {
                let actual = try #require(answers[0][alias])
                #expect(TensorComparison(tolerance: 1e-5).difference(actual, expected) == nil, label)
            }
        }
    }

    private func zeros(_ sizes: [Int]) -> Tensor {
        let shape = TensorShape(sizes)
        return Tensor([Float](repeating: 0.25, count: shape.elementCount), shape: shape)
    }

    /// More steps than are taken between two looks at the deadline, and rows for several threads.
    @Test func longSequencesGiveWhatTheLoopGives() throws {
        let fused = try load("\(Self.folder)/keras3")
        let plain = try load("\(Self.folder)/keras3") { $0.compilerOptions.fusions = [] }
        var random = Seeded(state: 5)
        for (rows, steps) in [(1, 900), (70, 90)] {
            let numbers = (0..<(rows * steps * 3)).map { _ in Float.random(in: -1...1, using: &random) }
            let inputs = ["x": Tensor(numbers, shape: [rows, steps, 3])]
            for signature in ["lstm_states", "gru_states", "gru_reset_before", "simple", "masked_lstm"] {
                let expected = try plain.answer(signature, inputs)
                for (alias, actual) in try fused.answer(signature, inputs) {
                    let difference = TensorComparison(tolerance: 1e-4).difference(actual, try #require(expected[alias]))
                    #expect(difference == nil, "\(signature) \(alias): \(difference ?? "")")
                }
            }
        }
    }
}
