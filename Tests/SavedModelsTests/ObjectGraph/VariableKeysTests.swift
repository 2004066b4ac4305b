import Graphs
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import SavedModels

@Suite struct VariableKeysTests {
    private func keys(_ name: String, _ change: (inout SavedModel) -> Void = { _ in }) throws -> [String: String] {
        var model = try SavedModel.read(directory: Fixtures.path(name))
        change(&model)
        return try model.variableKeys(in: try TensorBundle(prefix: Fixtures.prefix(name)))
    }

    @Test func variablesOfEqualNamesAreToldApart() throws {
        let keys = try keys("keras3_saved")
        #expect(keys.count == 4)
        #expect(Set(keys.values).count == 4)
        for (handle, key) in keys {
            // The second weight of a layer got another name in the graph than it has as an object, or the first one did.
            #expect(handle.hasPrefix("first/") || handle.hasPrefix("second/"))
            #expect(key.hasSuffix("/.ATTRIBUTES/VARIABLE_VALUE"))
        }
    }

    @Test func copiesForRestoringAreNoVariablesOfTheModel() throws {
        #expect(try keys("keras3_saved").keys.allSatisfy { !$0.hasPrefix("Variable") })
    }

    @Test func functionsOfAModule() throws {
        #expect(try keys("tf2_nested") == ["w": "w/.ATTRIBUTES/VARIABLE_VALUE"])
    }

    @Test func modelsWithoutObjectsHaveNoKeys() throws {
        #expect(try keys("ref_variables").isEmpty)
        #expect(try keys("keras3_saved") { $0.objectGraph = [] }.isEmpty)
    }

    @Test func variablesOfAnotherTypeOrShapeAreLeftOut() throws {
        let complete = try keys("keras3_saved")
        let handle = try #require(complete.keys.sorted().first)
        for change in [
            ("dtype", Attribute.type(.double)), ("shape", .shape(PartialShape([4]))),
            ("shape", .shape(PartialShape([3, 1]))),
        ] {
            let rest = try keys("keras3_saved") { model in
                for index in model.graph.nodes.indices where model.graph.nodes[index].name == handle {
                    model.graph.nodes[index].attributes[change.0] = change.1
                }
            }
            #expect(rest == complete.filter { $0.key != handle })
        }
    }

    @Test func damagedObjectsAreRefusedOrIgnored() throws {
        let original = try SavedModel.read(directory: Fixtures.path("keras3_saved"))
        let bundle = try TensorBundle(prefix: Fixtures.prefix("keras3_saved"))
        var random = Seeded(state: 11)
        for _ in 0..<300 {
            var model = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<model.objectGraph.count, using: &random)
                model.objectGraph[position] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                model.objectGraph.removeLast(Int.random(in: 0..<model.objectGraph.count, using: &random))
            }
            let status = failure { () throws(Status) in
                let keys = try model.variableKeys(in: bundle)
                precondition(keys.values.allSatisfy { bundle.contains($0) })
            }
            if let status { #expect(status.code == .dataLoss || status.code == .resourceExhausted) }
        }
    }
}
