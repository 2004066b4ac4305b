import Execution
import Graphs
import ServingCore
import Tensors
import Testing

/// Variables, with TensorFlow's answers.
@Suite struct VariableTests {
    private let runner = OpRunner()

    private func handle(_ name: String = "v") throws -> Tensor {
        try runner.run("VarHandleOp", ["shared_name": .string(Array(name.utf8))], [], name: "handle")[0]
    }

    private func reference(_ shape: [Int]) throws -> Tensor {
        try runner.run("VariableV2", ["shape": .shape(PartialShape(shape))], [], name: "r")[0]
    }

    private func read(_ handle: Tensor) throws -> [Float] {
        try runner.run("ReadVariableOp", ["dtype": .type(.float)], [handle])[0].array(Float.self)
    }

    private let floats: [String: Attribute] = ["dtype": .type(.float)]

    @Test func assignmentsAreSeenByHandlesOfTheSameName() throws {
        _ = try runner.run("AssignVariableOp", floats, [try handle(), Tensor([Float(1), 2])])
        #expect(try read(try handle()) == [1, 2])
        _ = try runner.run("AssignAddVariableOp", floats, [try handle(), Tensor([Float(10), 20])])
        _ = try runner.run("AssignSubVariableOp", floats, [try handle(), Tensor([Float(1), 1])])
        #expect(try read(try handle()) == [10, 21])
        #expect(try runner.run("VariableShape", [:], [try handle()])[0].array(Int32.self) == [2])
        #expect(try runner.run("VarIsInitializedOp", [:], [try handle()])[0].array(Bool.self) == [true])
        #expect(try runner.run("VarIsInitializedOp", [:], [try handle("other")])[0].array(Bool.self) == [false])
    }

    /// A value that was read before a change stays as it was.
    @Test func readersKeepTheValueTheyRead() throws {
        let variable = try handle()
        _ = try runner.run("AssignVariableOp", floats, [variable, Tensor([Float(1), 2])])
        let before = try runner.run("ReadVariableOp", floats, [variable])[0]
        _ = try runner.run("AssignAddVariableOp", floats, [variable, Tensor([Float(1), 1])])
        _ = try runner.run(
            "ResourceScatterUpdate", floats, [variable, Tensor(scalar: Int32(0)), Tensor(scalar: Float(9))])
        #expect(before.array(Float.self) == [1, 2])
        #expect(try read(variable) == [9, 3])
    }

    @Test func missingValuesAreRefused() throws {
        let missing = "Resource localhost/v/N10tensorflow3VarE does not exist."
        let failure = runner.failure("ReadVariableOp", floats, [try handle()])
        #expect(failure?.code == .failedPrecondition)
        #expect(
            failure?.message
                == "Could not find variable v. This could mean that the variable has been deleted. In TF1, it can also mean "
                + "the variable is uninitialized. Debug info: container=localhost, status error message=" + missing)
        let values = Tensor([Float(1)])
        #expect(runner.failure("AssignAddVariableOp", floats, [try handle(), values]) == .notFound(missing))
        #expect(runner.failure("VariableShape", [:], [try handle()]) == .notFound(missing))
        #expect(runner.failure("ResourceGather", floats, [try handle(), Tensor([Int32(0)])]) == .notFound(missing))
        #expect(
            runner.failure("DestroyResourceOp", ["ignore_lookup_error": .bool(false)], [try handle()])
                == .notFound(missing))
        let uninitialized = Status.failedPrecondition("Attempting to use uninitialized value r")
        #expect(runner.failure("ReadVariableOp", floats, [try reference([1])]) == uninitialized)
        #expect(runner.failure("AssignAdd", ["T": .type(.float)], [try reference([1]), values]) == uninitialized)
    }

    @Test func mismatchesAreRefused() throws {
        let variable = try handle()
        _ = try runner.run("AssignVariableOp", floats, [variable, Tensor([Float(1), 2, 3])])
        let two = Tensor([Float(1), 2])
        #expect(
            runner.failure("ReadVariableOp", ["dtype": .type(.int32)], [variable])
                == .invalidArgument("Trying to read variable with wrong dtype. Expected int32 got float"))
        #expect(
            runner.failure("AssignVariableOp", ["validate_shape": .bool(true)], [variable, two])
                == .invalidArgument("Trying to assign to variable with tensor with wrong shape. Expected [3] got [2]"))
        #expect(
            runner.failure("AssignAddVariableOp", floats, [variable, two])
                == .invalidArgument(
                    "Cannot update variable with shape [3] using a Tensor with shape [2], shapes must be equal."))
        #expect(
            runner.failure("Assign", ["T": .type(.float)], [try reference([3]), two])
                == .invalidArgument("Assign requires shapes of both tensors to match. lhs shape= [3] rhs shape= [2]"))
        #expect(runner.failure("ReadVariableOp", floats, [two])?.code == .invalidArgument)
        #expect(try read(variable) == [1, 2, 3])
    }

    @Test func referencesArePassedOn() throws {
        let variable = try reference([3])
        let attributes: [String: Attribute] = ["T": .type(.float)]
        let assigned = try runner.run("Assign", attributes, [variable, Tensor([Float(0), 1, 2])])[0]
        #expect(try read(assigned) == [0, 1, 2])
        let added = try runner.run("AssignAdd", attributes, [assigned, Tensor([Float(1), 1, 1])])[0]
        let changed = try runner.run(
            "ScatterSub", attributes, [added, Tensor([Int32(0), 2]), Tensor(scalar: Float(1))])[0]
        #expect(try read(changed) == [0, 2, 2])
        #expect(try read(variable) == [0, 2, 2])
        #expect(try runner.run("IsVariableInitialized", [:], [variable])[0].array(Bool.self) == [true])
        #expect(
            runner.failure("ScatterUpdate", attributes, [variable, Tensor([Int32(0), 5]), Tensor([Float(1), 1])])
                == .invalidArgument("indices[1] = 5 is not in [0, 3)"))
        #expect(
            runner.failure("ScatterUpdate", attributes, [variable, Tensor([Int32(0), 1]), Tensor([Float(1), 1, 1])])
                == .invalidArgument(
                    "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape "
                        + "[3], indices.shape [2], params.shape [3]"))
    }

    @Test func destroyedVariablesAreMissing() throws {
        let variable = try handle()
        _ = try runner.run("AssignVariableOp", floats, [variable, Tensor([Float(1)])])
        _ = try runner.run("DestroyResourceOp", [:], [variable])
        #expect(runner.failure("ReadVariableOp", floats, [variable])?.code == .failedPrecondition)
    }
}
