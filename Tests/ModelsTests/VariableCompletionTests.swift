import Compiler
import Execution
import SavedModels
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Variables that the restore op of an export forgets.
@Suite struct VariableCompletionTests {
    private static let folder = Repository.path("Tests/Fixtures/SavedModels/keras3_saved")
    private let x = Tensor([1, -1, 1] as [Float], shape: [1, 3])

    private func read() throws(Status) -> SavedModel { try SavedModel.read(directory: VariableCompletionTests.folder) }

    /// The alias of the input depends on how many layers were made before.
    private func answer(_ model: Model) throws(Status) -> [[Float]] {
        let alias = model.runner(for: "serving_default")!.inputs[0].alias
        let outputs = try model.answer("serving_default", [alias: x])
        return outputs.values.map { $0.array(Float.self) }
    }

    @Test func theRestoreOpOfKeras3FillsOnlyCopies() throws {
        // The layers compute ReLU(x * [0, 1, 2] + [10, 11, 12]) * [20, 21, 22] + [30, 31, 32].
        let model = try ModelBuilder(try read(), Model.Environment()).build()
        #expect(try answer(model) == [[230, 241, 340]])
    }

    @Test func withoutObjectsRequestsAreRefusedAsByTensorFlow() throws {
        for objects in [[], [0xff, 0xff]] as [[UInt8]] {
            var savedModel = try read()
            savedModel.objectGraph = objects
            let model = try ModelBuilder(savedModel, Model.Environment()).build()
            let status = failure { () throws(Status) in _ = try answer(model) }
            #expect(status?.code == .failedPrecondition)
            #expect(status?.message.hasPrefix("Could not find variable ") == true)
        }
    }

    @Test func aValueThatIsThereStays() throws {
        let savedModel = try read()
        let handles = savedModel.graph.nodes.filter { $0.op == "VarHandleOp" }
        let prefix = try #require(savedModel.variablesPrefix)
        let keys = try savedModel.variableKeys(in: try TensorBundle(prefix: prefix))
        let name = try #require(keys.keys.first)
        let handle = try #require(handles.first { $0.name == name })
        let kept = Variable(name: handle.name)
        kept.assign(Tensor([7, 7, 7] as [Float]))
        let empty = Variable(name: handle.name)
        let completion = VariableCompletion(savedModel, ModelFiles(directory: savedModel.directory))
        try completion.fill([
            VariableAccess.Use(node: handle.name, variable: kept),
            VariableAccess.Use(node: handle.name, variable: empty),
            VariableAccess.Use(node: "unknown", variable: Variable(name: "unknown")),
        ])
        #expect(kept.current?.array(Float.self) == [7, 7, 7])
        #expect(empty.current != nil && empty.current?.array(Float.self) != [7, 7, 7])
    }
}
