import Execution
import Graphs
import ServingCore
import Tensors

/// Ops that write where `StridedSlice` reads: `TensorStridedSliceUpdate` into a tensor, `StridedSliceGrad` into zeros,
/// `ResourceStridedSliceAssign` and TensorFlow 1's `StridedSliceAssign` into a variable. Values are broadcast to the slice,
/// except by `StridedSliceGrad`.
let stridedAssignmentOps: [OpDefinition] = [
    OpDefinition("TensorStridedSliceUpdate", infer: Inference.sameAsInput) { (construction) throws(Status) in
        let target = try StridedTarget(construction)
        guard try construction.input(0).dataType == target.dataType else {
            throw .invalidArgument("TensorStridedSliceUpdate has tensors of two types")
        }
        return TensorSliceUpdateKernel(target)
    },
    OpDefinition("StridedSliceGrad", infer: inferGradient) { (construction) throws(Status) in
        StridedSliceGradientKernel(try StridedTarget(construction), shape: try IntegerInput(construction, 0))
    },
    OpDefinition("ResourceStridedSliceAssign", isStateful: true, infer: Inference.noOutputs) {
        (construction) throws(Status) in VariableSliceAssignKernel(try StridedTarget(construction), isReference: false)
    },
    OpDefinition(
        "StridedSliceAssign", isStateful: true,
        infer: { (_) throws(Status) in [TensorFact(.resource, PartialShape([]))] },
        makeKernel: { (construction) throws(Status) in
            VariableSliceAssignKernel(try StridedTarget(construction), isReference: true)
        }),
]

private func inferGradient(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let type = try facts.input(4).dataType
    guard let sizes = try facts.constantIntegers(0), sizes.allSatisfy({ $0 >= 0 }) else { return [TensorFact(type)] }
    return [TensorFact(type, PartialShape(sizes))]
}

/// A slice to write into, as inputs 1 to 3 and the masks say; input 4 has the values.
private struct StridedTarget: Sendable {
    let dataType: DataType
    private let begin: IntegerInput
    private let end: IntegerInput
    private let steps: IntegerInput
    private let masks: StridedSliceMasks

    init(_ construction: KernelConstruction) throws(Status) {
        dataType = try construction.input(4).dataType
        begin = try IntegerInput(construction, 1, takesShort: true)
        end = try IntegerInput(construction, 2, takesShort: true)
        steps = try IntegerInput(construction, 3, takesShort: true)
        masks = try StridedSliceMasks(construction.attributes)
    }

    /// The slice of a tensor of `shape`.
    func part(of shape: TensorShape, _ context: borrowing KernelContext) throws(Status) -> StridedSlicePart {
        let shapes = (context.input(1).shape, context.input(2).shape, context.input(3).shape)
        guard shapes.0.rank == 1, shapes.0 == shapes.1, shapes.0 == shapes.2 else {
            throw .invalidArgument(
                "Expected begin, end, and strides to be 1D equal size tensors, but got shapes \(shapes.0), \(shapes.1), "
                    + "and \(shapes.2) instead.")
        }
        return try StridedSlicePart(
            AxisNumbers(shape), begin: begin.read(context), end: end.read(context), steps: steps.read(context), masks)
    }

    /// Writes `values` into the slice `part` of `target`. Throws INVALID_ARGUMENT if they cannot be broadcast to it.
    func write(
        _ values: Tensor, to part: StridedSlicePart, of target: Tensor, _ context: borrowing KernelContext
    ) throws(Status) {
        let shape = try TensorShape.checked(part.shape)
        let sources = try broadcastStrides(values.shape, to: shape)
        guard shape.elementCount > 0 else { return }
        var copy = StridedCopy()
        var offset = 0
        let strides = target.shape.strides
        // Slice and target differ only by dimensions of size 1, which need no step.
        var remaining = shape.dimensions.indices.filter { shape[$0] != 1 }.map { sources[$0] }[...]
        for dimension in part.sizes.indices {
            offset += part.begins[dimension] * strides[dimension]
            guard part.sizes[dimension] != 1 else { continue }
            copy.append(
                part.sizes[dimension], source: remaining.removeFirst(),
                target: strides[dimension] * part.steps[dimension])
        }
        let size = dataType.byteCount
        copy.run(
            from: UnsafeRawPointer(values.buffer.base), to: target.mutableBytes + offset * size, elementSize: size,
            context)
        if dataType.isReference { target.buffer.attachContents(of: values.buffer) }
    }

    /// For each dimension of `result` how far apart the values of a tensor of shape `values` stand.
    private func broadcastStrides(_ values: TensorShape, to result: TensorShape) throws(Status) -> [Int] {
        let surplus = values.rank - result.rank
        let mismatch = Status.invalidArgument(
            "Cannot broadcast input shape \(values) into final shape \(result)")
        if surplus > 0, (0..<surplus).contains(where: { values[$0] != 1 }) { throw mismatch }
        let strides = values.strides
        var found: [Int] = []
        for dimension in 0..<result.rank {
            let own = dimension + surplus
            if own < 0 || values[own] == 1 {
                found.append(0)
            } else if values[own] == result[dimension] {
                found.append(strides[own])
            } else {
                throw mismatch
            }
        }
        return found
    }
}

private final class TensorSliceUpdateKernel: Kernel {
    private let target: StridedTarget

    init(_ target: StridedTarget) { self.target = target }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let part = try target.part(of: shape, context)
        let output = try context.allocateOutput(0, target.dataType, shape, reusing: 0..<1)
        output.take(context.input(0))
        try target.write(context.input(4), to: part, of: output, context)
    }
}

private final class StridedSliceGradientKernel: Kernel {
    private let target: StridedTarget
    private let shape: IntegerInput

    init(_ target: StridedTarget, shape: IntegerInput) {
        self.target = target
        self.shape = shape
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let given = context.input(0).shape
        guard given.rank == 1 else { throw .invalidArgument("shape must be 1-D, got shape.shape = \(given)") }
        let shape = try TensorShape.built(shape.read(context))
        let part = try target.part(of: shape, context)
        let gradient = context.input(4)
        guard AxisNumbers(gradient.shape).elementsEqual(part.shape) else {
            let wanted = "[" + part.shape.map(String.init).joined(separator: ",") + "]"
            throw .invalidArgument("shape of dy was \(gradient.shape) instead of \(wanted)")
        }
        let output = try context.allocateOutput(0, target.dataType, shape)
        if !target.dataType.isReference { output.fillWithZeros() }
        try target.write(gradient, to: part, of: output, context)
    }
}

private final class VariableSliceAssignKernel: Kernel {
    private let target: StridedTarget
    private let isReference: Bool

    init(_ target: StridedTarget, isReference: Bool) {
        self.target = target
        self.isReference = isReference
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let values = context.input(4)
        let shared = copy context
        _ = try context.variable().update { (old) throws(Status) in
            guard old.dataType == values.dataType else {
                throw .invalidArgument(
                    "l-value dtype \(old.dataType.name) does not match r-value dtype \(values.dataType.name)")
            }
            let part = try target.part(of: old.shape, shared)
            let new = try old.copied()
            try target.write(values, to: part, of: new, shared)
            return new
        }
        if isReference { context.setOutput(0, context.input(0)) }
    }
}
