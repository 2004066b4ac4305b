import Execution
import Graphs
import ServingCore
import Tensors
import Testing

@Suite struct RestoreTests {
    private final class Checkpoint: CheckpointReader {
        func contains(_ name: String) -> Bool { name == "w" }

        func tensor(named name: String) throws(Status) -> Tensor {
            guard contains(name) else { throw .notFound("Key \(name) not found in checkpoint") }
            return Tensor([Float(1), 2])
        }

        func tensor(named name: String, shapeAndSlice: String) throws(Status) -> Tensor {
            #expect(shapeAndSlice == "2 0,1")
            return Tensor([Float(1)])
        }
    }

    private struct Files: ExecutionEnvironment {
        func checkpoint(prefix: String) throws(Status) -> any CheckpointReader {
            guard prefix == "variables" else { throw .notFound("no checkpoint \(prefix)") }
            return Checkpoint()
        }

        func readFile(_ path: String) throws(Status) -> [UInt8] { [] }
    }

    private func restore(_ names: [String], _ slices: [String], _ types: [DataType]) -> ([Tensor]?, Status?) {
        let runner = OpRunner(environment: Files())
        let inputs = [
            Tensor(texts: ["variables"], shape: []), Tensor(texts: names, shape: [names.count]),
            Tensor(texts: slices, shape: [slices.count]),
        ]
        let attributes: [String: Attribute] = ["dtypes": .types(types)]
        return (try? runner.run("RestoreV2", attributes, inputs), runner.failure("RestoreV2", attributes, inputs))
    }

    @Test func tensorsAndSlicesAreRestored() {
        let outputs = restore(["w", "w"], ["", "2 0,1"], [.float, .float]).0
        #expect(outputs?.map { $0.array(Float.self) } == [[1, 2], [1]])
    }

    @Test func otherTypesNamesAndCountsAreRefused() {
        #expect(
            restore(["w"], [""], [.int32]).1
                == .invalidArgument("tensor_name = w; expected dtype int32 does not equal original dtype float"))
        #expect(restore(["x"], [""], [.float]).1?.code == .notFound)
        #expect(restore(["w"], [""], [.float, .float]).1?.code == .invalidArgument)
    }
}
