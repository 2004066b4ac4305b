import Execution
import Graphs
import ServingCore
import Tensors

/// Ops that look at a variable and leave it as it is.
let variableReadOps: [OpDefinition] = [
    OpDefinition("ReadVariableOp", isStateful: true, infer: inferRead) { (construction) throws(Status) in
        ReadVariableKernel(try construction.attributes.type("dtype"))
    },
    OpDefinition("VarIsInitializedOp", isStateful: true, infer: inferFlag) { (_) throws(Status) in
        IsInitializedKernel()
    },
    OpDefinition("IsVariableInitialized", isStateful: true, infer: inferFlag) { (_) throws(Status) in
        IsInitializedKernel()
    },
    OpDefinition("VariableShape", isStateful: true, infer: inferShape) { (construction) throws(Status) in
        switch try construction.attributes.type("out_type", default: .int32) {
        case .int32: specialized(VariableShapeKernel<Int32>())
        case .int64: specialized(VariableShapeKernel<Int64>())
        case let other: throw construction.unsupported(other, "out_type")
        }
    },
]

private let inferRead: OpDefinition.Inference = { (facts) throws(Status) in
    [TensorFact(try facts.attributes.type("dtype"))]
}

private let inferFlag: OpDefinition.Inference = { (_) throws(Status) in [TensorFact(.bool, PartialShape([]))] }

private let inferShape: OpDefinition.Inference = { (facts) throws(Status) in
    [TensorFact(try facts.attributes.type("out_type", default: .int32), .unknown(rank: 1))]
}

private final class ReadVariableKernel: Kernel {
    private let dataType: DataType

    init(_ dataType: DataType) { self.dataType = dataType }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let value = try context.variable().read()
        guard value.dataType == dataType else {
            throw .invalidArgument(
                "Trying to read variable with wrong dtype. Expected \(dataType.name) got \(value.dataType.name)")
        }
        context.setOutput(0, value)
    }
}

private final class IsInitializedKernel: Kernel {
    func compute(_ context: borrowing KernelContext) throws(Status) {
        let isInitialized = try context.variable().current != nil
        try context.allocateOutput(0, .bool, []).pointer(Bool.self)[0] = isInitialized
    }
}

private final class VariableShapeKernel<Index: TensorScalar & FixedWidthInteger>: Kernel {
    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = try context.variableValue().shape
        let output = try context.allocateOutput(0, Index.dataType, [shape.rank]).pointer(Index.self)
        for index in 0..<shape.rank { output[index] = Index(truncatingIfNeeded: shape[index]) }
    }
}
