import Graphs
import Tensors
import Testing

@testable import Compiler

@Suite struct DeclaredOutputsTests {
    private func outputs(
        _ op: String, _ attributes: [String: Attribute] = [:], _ library: [FunctionDefinition] = []
    ) -> [DataType?]? {
        DeclaredOutputs(library: FunctionLibrary(library)).types(
            of: Node(name: "n", op: op, attributes: Attributes(attributes)))
    }

    @Test func nodesTellTheirOutputs() {
        #expect(outputs("Placeholder", ["dtype": .type(.string)]) == [.string])
        #expect(outputs("Split", ["T": .type(.float), "num_split": .int(3)]) == [.float, .float, .float])
        #expect(outputs("VariableV2", ["dtype": .type(.int32)]) == [.int32])
        #expect(outputs("Assign", ["T": .type(.double)]) == [.double])
        #expect(outputs("VarHandleOp") == [.resource])
        #expect(outputs("NoOp") == [])
        #expect(outputs("StatefulPartitionedCall", ["Tout": .types([.int64, .bool])]) == [.int64, .bool])
    }

    @Test func whatANodeDoesNotTellIsLeftOpen() {
        #expect(outputs("MatMul") == [nil])
        #expect(outputs("NoSuchOp") == nil)
        #expect(outputs("Split", ["T": .type(.float), "num_split": .int(.max)]) == nil)
        #expect(outputs("Split", ["T": .type(.float), "num_split": .int(-1)]) == nil)
    }

    @Test func callsByNameHaveTheResultsOfTheirFunctions() {
        let argument = Node(name: "x", op: "_Arg", attributes: Attributes(["T": .type(.half)]))
        func function(_ name: String, calling inner: String) -> FunctionDefinition {
            FunctionDefinition(
                name: name, body: Graph(nodes: [argument, Node(name: "call", op: inner, inputs: [OutletID(node: 0)])]),
                parameters: [("x", .half)], results: [OutletID(node: 0), OutletID(node: 1)], controlResults: [],
                attributes: Attributes())
        }
        #expect(outputs("f", [:], [function("f", calling: "NoSuchOp")]) == [.half, nil])
        #expect(outputs("f", [:], [function("f", calling: "VarHandleOp")]) == [.half, .resource])
        #expect(outputs("f", [:], [function("f", calling: "g"), function("g", calling: "NoOp")]) == [.half, nil])
        #expect(outputs("f", [:], [function("f", calling: "f")]) == [.half, nil])
    }
}
