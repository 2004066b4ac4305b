import Compiler
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Exported models must answer as TensorFlow does.
@Suite struct RecordedAnswerTests {
    private func compare(_ recorded: RecordedCase, _ change: (inout Model.Environment) -> Void) throws {
        try compare(recorded, load(recorded.folder, change))
    }

    private func compare(_ recorded: RecordedCase, _ model: Model) throws {
        if let failure = recorded.failure { return refuse(model, recorded, failure) }
        let answer = try model.answer(recorded.signature, recorded.inputs)
        #expect(Set(answer.keys) == Set(recorded.outputs.keys))
        for (alias, expected) in recorded.outputs {
            let actual = try #require(answer[alias])
            // A network adds up the roundings of its layers.
            let isMixed = recorded.folder.contains("mixed")
            let tolerance = expected.dataType == .float ? isMixed ? 2e-2 : 1e-4 : nil
            let difference = TensorComparison(tolerance: tolerance).difference(actual, expected)
            #expect(difference == nil, "\(recorded.testDescription) \(alias)")
        }
    }

    private func refuse(_ model: Model, _ recorded: RecordedCase, _ failure: Status) {
        let error = #expect(throws: Status.self, "\(recorded.testDescription)") {
            try model.answer(recorded.signature, recorded.inputs)
        }
        #expect(error?.code == failure.code, "\(recorded.testDescription)")
        let text = error?.message.prefix { $0 != "\n" }
        #expect(text.map { String($0) } == failure.message, "\(recorded.testDescription)")
    }

    @Test(arguments: RecordedCase.all) func answersAreTensorFlows(_ recorded: RecordedCase) throws {
        try compare(recorded) { _ in }
    }

    @Test(arguments: RecordedCase.all) func graphsThatAreLeftAsTheyAreGiveTheSame(_ recorded: RecordedCase) throws {
        try compare(recorded) { $0.leaveGraphsAsTheyAre() }
    }

    @Test(arguments: RecordedCase.all, GraphCompiler.Options.Fusion.allCases)
    func eachFusionAloneGivesTheSame(_ recorded: RecordedCase, fusion: GraphCompiler.Options.Fusion) throws {
        try compare(recorded) { $0.compilerOptions.fusions = [fusion] }
    }

    @Test(arguments: RecordedCase.controlFlow) func loopsAndBranchesGiveTensorFlowsAnswers(_ recorded: RecordedCase)
        throws
    {
        try compare(recorded) { _ in }
        try compare(recorded) { $0.leaveGraphsAsTheyAre() }
    }

    @Test func recurrentLayersGiveTensorFlowsAnswers() throws {
        for folder in Set(RecordedCase.recurrent.map(\.folder)).sorted() {
            for leavesGraphs in [false, true] {
                let model = try load(folder) { if leavesGraphs { $0.leaveGraphsAsTheyAre() } }
                for recorded in RecordedCase.recurrent where recorded.folder == folder { try compare(recorded, model) }
            }
        }
    }

    @Test(arguments: [false, true]) func listsAndArraysAnswerAndFailAsTensorFlows(_ leavesGraphs: Bool) throws {
        let model = try load(RecordedCase.lists[0].folder) { if leavesGraphs { $0.leaveGraphsAsTheyAre() } }
        for recorded in RecordedCase.lists { try compare(recorded, model) }
    }

    @Test(arguments: RecordedCase.kinds, [false, true])
    func modelsOfEveryKindAreServed(_ recorded: RecordedCase, leavesGraphs: Bool) throws {
        try compare(recorded) { if leavesGraphs { $0.leaveGraphsAsTheyAre() } }
    }

    @Test func aFilterComputesOnlyWhatItNames() throws {
        let model = try load("Tests/Fixtures/EndToEnd/models/arithmetic/1")
        let inputs = ["a": Tensor([1, 2] as [Float]), "b": Tensor([10, 20] as [Float])]
        let answer = try model.answer("pair", inputs, outputs: ["product", "sum"])
        #expect(answer.mapValues { $0.array(Float.self) } == ["product": [10, 40], "sum": [11, 22]])
        #expect(try model.answer("pair", inputs).count == 3)
    }

    @Test func aDefaultStandsInForAMissingInput() throws {
        let model = try load("Tests/Fixtures/EndToEnd/models/arithmetic/1")
        let missing = try model.answer("defaulted", ["a": Tensor([1] as [Float])])
        #expect(missing["sum"]?.array(Float.self) == [101])
        let given = try model.answer("defaulted", ["a": Tensor([1] as [Float]), "b": Tensor([2] as [Float])])
        #expect(given["sum"]?.array(Float.self) == [3])
    }

    @Test func requestsChangeVariablesForThoseThatFollow() throws {
        for leavesGraphs in [false, true] {
            let model = try load("Tests/Fixtures/EndToEnd/models/counter/1") {
                if leavesGraphs { $0.leaveGraphsAsTheyAre() }
            }
            func call(_ signature: String, _ inputs: [String: Tensor] = [:]) throws -> [Int64]? {
                try model.answer(signature, inputs)["count"]?.array(Int64.self)
            }
            #expect(try call("get") == [0])
            #expect(try call("incr", ["by": Tensor(scalar: Int64(5))]) == [5])
            #expect(try call("incr", ["by": Tensor(scalar: Int64(-2))]) == [3])
            #expect(try call("get") == [3])
            #expect(try call("reset", ["to": Tensor(scalar: Int64(40))]) == [40])
            #expect(try call("get") == [40])
        }
    }

    @Test func signaturesAreNamed() throws {
        let model = try load("Examples/half_plus_two/1")
        #expect(model.signatureNames == ["serving_default"])
        #expect(Set(model.signatureDefinitions.keys) == ["serving_default", "__saved_model_init_op"])
        #expect(model.runner(for: "__saved_model_init_op") == nil)
    }
}
