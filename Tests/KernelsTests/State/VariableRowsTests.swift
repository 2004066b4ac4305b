import Graphs
import ServingCore
import Tensors
import Testing

/// Reading and changing rows of variables, with TensorFlow's answers.
@Suite struct VariableRowsTests {
    private let floats: [String: Attribute] = ["dtype": .type(.float)]

    private func variable(_ runner: OpRunner, _ value: Tensor) throws -> Tensor {
        let handle = try runner.run("VarHandleOp", [:], [], name: "v")[0]
        _ = try runner.run("AssignVariableOp", [:], [handle, value])
        return handle
    }

    private func counting(_ shape: TensorShape, from first: Float = 0) -> Tensor {
        Tensor((0..<shape.elementCount).map { Float($0) + first }, shape: shape)
    }

    @Test(
        arguments: [
            ("Add", [2, 4, 3, 4, 8, 10], [1, 2, 7, 10, 5, 6]), ("Sub", [0, 0, 3, 4, 2, 2], [1, 2, -1, -2, 5, 6]),
            ("Mul", [1, 4, 3, 4, 15, 24], [1, 2, 9, 32, 5, 6]),
            ("Div", [1, 1, 3, 4, 5 / 3, 1.5], [1, 2, 1, 0.5, 5, 6]),
            ("Min", [1, 2, 3, 4, 3, 4], [1, 2, 1, 2, 5, 6]), ("Max", [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
            ("Update", [1, 2, 3, 4, 3, 4], [1, 2, 3, 4, 5, 6]),
        ] as [(String, [Float], [Float])])
    func rowsAreUpdated(rule: String, expected: [Float], twice: [Float]) throws {
        let runner = OpRunner()
        for (indices, result) in [([Int32(0), 2], expected), ([1, 1], twice)] {
            let handle = try variable(runner, counting([3, 2], from: 1))
            _ = try runner.run("ResourceScatter" + rule, floats, [handle, Tensor(indices), counting([2, 2], from: 1)])
            #expect(try runner.run("ReadVariableOp", floats, [handle])[0].array(Float.self) == result)
        }
    }

    @Test func badUpdatesAreRefused() throws {
        let runner = OpRunner()
        let handle = try variable(runner, counting([3, 2]))
        let indices = Tensor([Int32(0), 3])
        #expect(
            runner.failure("ResourceScatterAdd", floats, [handle, indices, counting([2, 2])])
                == .invalidArgument("indices[1] = 3 is not in [0, 3)"))
        #expect(
            runner.failure("ResourceScatterAdd", floats, [handle, indices, counting([3, 2])])
                == .invalidArgument("The shape of indices ([2]) must be a prefix of the shape of updates ([3,2])"))
        #expect(
            runner.failure("ResourceScatterDiv", floats, [handle, indices, counting([2, 2])])
                == .invalidArgument("updates must not contain 0"))
        #expect(
            runner.failure("ResourceScatterAdd", floats, [handle, indices, counting([2, 3])])?.code == .invalidArgument)
    }

    @Test func rowsAreGathered() throws {
        let runner = OpRunner()
        func gather(_ shape: TensorShape, _ indices: Tensor, _ batch: Int = 0) throws -> Tensor {
            var attributes = floats
            attributes["batch_dims"] = .int(batch)
            return try runner.run("ResourceGather", attributes, [try variable(runner, counting(shape)), indices])[0]
        }
        #expect(try gather([3, 2], Tensor([Int32(0), 2])).array(Float.self) == [0, 1, 4, 5])
        #expect(try gather([3, 2], Tensor(scalar: Int64(1))).shape == [2])
        let batched = try gather([2, 3, 2], Tensor([Int32(0), 2], shape: [2, 1]), 1)
        #expect(batched.shape == [2, 1, 2])
        #expect(batched.array(Float.self) == [0, 1, 10, 11])
        #expect(try gather([2, 3, 2], Tensor([Int32(0), 1]), 1).array(Float.self) == [0, 1, 8, 9])
        #expect(try gather([3, 0], Tensor([Int32(0), 1])).shape == [2, 0])
    }

    @Test func badGathersAreRefused() throws {
        let runner = OpRunner()
        func failure(_ shape: TensorShape, _ indices: Tensor, _ batch: Int = 0) throws -> Status? {
            var attributes = floats
            attributes["batch_dims"] = .int(batch)
            return runner.failure("ResourceGather", attributes, [try variable(runner, counting(shape)), indices])
        }
        #expect(try failure([3, 2], Tensor([Int32(0), 3])) == .invalidArgument("indices[1] = 3 is not in [0, 3)"))
        #expect(
            try failure([3, 2], Tensor([Int32(0), -1], shape: [2, 1]))
                == .invalidArgument("indices[1,0] = -1 is not in [0, 3)"))
        #expect(try failure([0, 2], Tensor([Int32(0)])) == .invalidArgument("indices[0] = 0 is not in [0, 0)"))
        #expect(try failure([], Tensor([Int32(0)])) == .invalidArgument("params must be at least 1 dimensional"))
        // TensorFlow dies of these.
        #expect(try failure([2, 3], Tensor([Int32(0), 1, 1], shape: [3, 1]), 1)?.code == .invalidArgument)
        #expect(try failure([2, 3], Tensor([Int32(0)]), 3)?.code == .invalidArgument)
    }

    @Test func partsAreGatheredByCoordinates() throws {
        let runner = OpRunner()
        let handle = try variable(runner, counting([3, 2]))
        func gather(_ values: [Int32], _ shape: TensorShape) throws -> Tensor {
            try runner.run("ResourceGatherNd", floats, [handle, Tensor(values, shape: shape)])[0]
        }
        #expect(try gather([0, 1, 2, 0], [2, 2]).array(Float.self) == [1, 4])
        #expect(try gather([1], [1, 1]).array(Float.self) == [2, 3])
        #expect(try gather([], [2, 0]).shape == [2, 3, 2])
        #expect(
            runner.failure("ResourceGatherNd", floats, [handle, Tensor([Int32(0), 1, 3, 0], shape: [2, 2])])
                == .invalidArgument("indices[1] = [3, 0] does not index into param shape [3,2], node name: node"))
        #expect(
            runner.failure("ResourceGatherNd", floats, [handle, Tensor([Int32(0), 1, 1], shape: [1, 3])])
                == .invalidArgument("index innermost dimension length must be <= params rank; saw: 3 vs. 2"))
        #expect(
            runner.failure("ResourceGatherNd", floats, [handle, Tensor(scalar: Int32(1))])
                == .invalidArgument("indices must be at least a vector"))
    }
}
