import Execution
import Graphs
import ServingCore
import Tensors

/// Ops that replace or change the whole value of a variable. TensorFlow 1's forms also give the reference back.
let variableAssignmentOps: [OpDefinition] = [
    OpDefinition("AssignVariableOp", isStateful: true, infer: Inference.noOutputs) { (construction) throws(Status) in
        AssignKernel(
            checksShape: try construction.attributes.bool("validate_shape", default: false), isReference: false)
    },
    OpDefinition("AssignAddVariableOp", isStateful: true, infer: Inference.noOutputs) { (construction) throws(Status) in
        try UpdateKernel(construction, .add, isReference: false)
    },
    OpDefinition("AssignSubVariableOp", isStateful: true, infer: Inference.noOutputs) { (construction) throws(Status) in
        try UpdateKernel(construction, .subtract, isReference: false)
    },
    OpDefinition("Assign", isStateful: true, infer: inferReference) { (construction) throws(Status) in
        AssignKernel(
            checksShape: try construction.attributes.bool("validate_shape", default: true), isReference: true)
    },
    OpDefinition("AssignAdd", isStateful: true, infer: inferReference) { (construction) throws(Status) in
        try UpdateKernel(construction, .add, isReference: true)
    },
    OpDefinition("AssignSub", isStateful: true, infer: inferReference) { (construction) throws(Status) in
        try UpdateKernel(construction, .subtract, isReference: true)
    },
]

private let inferReference: OpDefinition.Inference = { (_) throws(Status) in
    [TensorFact(.resource, PartialShape([]))]
}

private final class AssignKernel: Kernel {
    private let checksShape: Bool
    private let isReference: Bool

    init(checksShape: Bool, isReference: Bool) {
        self.checksShape = checksShape
        self.isReference = isReference
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let variable = try context.variable()
        let value = context.input(1)
        let current = variable.current
        if let current, current.dataType != value.dataType {
            throw .invalidArgument(
                "Variable and value dtypes don't match; respectively, \(current.dataType.name) and "
                    + value.dataType.name)
        }
        if checksShape {
            if isReference {
                try checkReference(variable, current, value)
            } else if let current, current.shape != value.shape {
                throw .invalidArgument(
                    "Trying to assign to variable with tensor with wrong shape. Expected \(current.shape) "
                        + "got \(value.shape)")
            }
        }
        variable.assign(value)
        if isReference { context.setOutput(0, context.input(0)) }
    }

    /// A reference has the shape it was declared with even before it has a value.
    private func checkReference(_ variable: Variable, _ current: Tensor?, _ value: Tensor) throws(Status) {
        guard let shape = current?.shape ?? variable.declaredShape?.full, shape != value.shape else { return }
        throw .invalidArgument(
            "Assign requires shapes of both tensors to match. lhs shape= \(shape) rhs shape= \(value.shape)")
    }
}

/// Adds a tensor to a variable, or subtracts it.
private final class UpdateKernel: Kernel {
    private let update: VariableUpdate
    private let isReference: Bool

    init(_ construction: KernelConstruction, _ rule: UpdateRule, isReference: Bool) throws(Status) {
        update = try VariableUpdate(rule, try construction.input(1).dataType, construction)
        self.isReference = isReference
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let variable = try context.variable()
        let values = context.input(1)
        _ = try variable.update { (old) throws(Status) in
            try check(old, values)
            let new = try update.copy(old)
            update.apply(to: new, 0, values, 0, repeating: false, count: new.elementCount)
            return new
        }
        if isReference { context.setOutput(0, context.input(0)) }
    }

    private func check(_ old: Tensor, _ values: Tensor) throws(Status) {
        guard old.dataType == values.dataType else {
            throw .invalidArgument(
                "Trying to update variable with wrong dtype. Expected \(old.dataType.name) got \(values.dataType.name)")
        }
        guard old.shape != values.shape else { return }
        if isReference { throw .invalidArgument("Parameters and update must be the same size") }
        throw .invalidArgument(
            "Cannot update variable with shape \(old.shape) using a Tensor with shape \(values.shape), "
                + "shapes must be equal.")
    }
}
