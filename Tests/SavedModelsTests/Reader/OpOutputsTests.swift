import CProtobufC
import CServingProtos
import ServingCore
import ServingProtos
import Testing

@testable import SavedModels

@Suite struct OpOutputsTests {
    private func slot(_ node: String, _ argument: String, _ index: Int) throws(Status) -> Int {
        let message: Message<Tensorflow__NodeDef> = try TextFormat.parse(node, fileName: "node")
        return try message.read { (pointer) throws(Status) in try OpOutputs.slot(of: argument[...], index, at: pointer)
        }
    }

    @Test func outputsOfOpsWithSeveralArguments() throws {
        #expect(try slot("op: 'TopKV2'", "values", 0) == 0)
        #expect(try slot("op: 'TopKV2'", "indices", 0) == 1)
        #expect(try slot("op: 'FusedBatchNormV3'", "reserve_space_3", 0) == 5)
        #expect(try slot("op: 'Split' attr { key: 'num_split' value { i: 4 } }", "output", 3) == 3)
        #expect(try slot("op: 'OfSomebodyElse'", "out", 2) == 2)
    }

    @Test func listsTakeAsManyOutputsAsTheirAttributeSays() throws {
        let parse = """
            op: 'ParseExampleV2' attr { key: 'num_sparse' value { i: 2 } }
            attr { key: 'sparse_types' value { list { type: [DT_INT64, DT_STRING] } } }
            attr { key: 'Tdense' value { list { type: [DT_FLOAT] } } }
            """
        #expect(try slot(parse, "sparse_indices", 1) == 1)
        #expect(try slot(parse, "sparse_values", 0) == 2)
        #expect(try slot(parse, "sparse_shapes", 1) == 5)
        #expect(try slot(parse, "dense_values", 0) == 6)
        let batch = "op: 'Batch' attr { key: 'T' value { list { type: [DT_FLOAT, DT_INT32] } } }"
        #expect(try slot(batch, "batch_index", 0) == 2)
    }

    @Test(arguments: [
        ("op: 'TopKV2'", "missing", 0), ("op: 'TopKV2'", "values", 1), ("op: 'Batch'", "id", 0),
        ("op: 'Batch' attr { key: 'T' value { placeholder: 'U' } }", "id", 0),
        ("op: 'ParseExampleV2' attr { key: 'num_sparse' value { i: -1 } }", "sparse_values", 0),
        ("op: 'ParseExampleV2' attr { key: 'num_sparse' value { i: 9223372036854775807 } }", "sparse_values", 0),
    ])
    func outputsThatDoNotExist(_ node: String, _ argument: String, _ index: Int) {
        #expect(failure { () throws(Status) in _ = try slot(node, argument, index) }?.code == .invalidArgument)
    }
}
