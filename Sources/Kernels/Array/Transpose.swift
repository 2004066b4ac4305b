import Execution
import Graphs
import ServingCore
import Tensors

/// `Transpose` and `ConjugateTranspose`: dimension `i` of the output is dimension `perm[i]` of the input.
let transposeOps: [OpDefinition] = [
    OpDefinition("Transpose", infer: inferTranspose) { (construction) throws(Status) in
        TransposeKernel(try IntegerInput(construction, 1), conjugates: false)
    },
    OpDefinition("ConjugateTranspose", infer: inferTranspose) { (construction) throws(Status) in
        TransposeKernel(try IntegerInput(construction, 1), conjugates: try construction.input(0).dataType.isComplex)
    },
    OpDefinition("InvertPermutation", infer: Inference.sameAsInput) { (construction) throws(Status) in
        InvertPermutationKernel(try IntegerInput(construction, 0))
    },
]

private func inferTranspose(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let permutation = try facts.constantIntegers(1)
    let length = try facts.input(1).shape.size(0)
    guard let rank = input.shape.rank ?? permutation?.count ?? length else {
        return [TensorFact(input.dataType)]
    }
    guard let permutation, let sizes = input.shape.dimensions else {
        return [TensorFact(input.dataType, .unknown(rank: rank))]
    }
    let axes = try checkedPermutation(permutation, rank: rank)
    return [TensorFact(input.dataType, PartialShape(axes.map { sizes[$0] }))]
}

private func checkedPermutation(_ permutation: [Int], rank: Int) throws(Status) -> [Int] {
    guard permutation.count == rank else {
        throw .invalidArgument(
            "transpose expects a vector of size \(rank). But input(1) is a vector of size \(permutation.count)")
    }
    var seen = [Bool](repeating: false, count: rank)
    var axes: [Int] = []
    for value in permutation {
        guard let axis = normalizedAxis(value, rank: rank) else {
            throw .invalidArgument("\(value < 0 ? value &+ rank : value) is out of range [0 .. \(rank))")
        }
        seen[axis] = true
        axes.append(axis)
    }
    if let missing = seen.firstIndex(of: false) {
        let list = permutation.map(String.init).joined(separator: ",")
        throw .invalidArgument("\(missing) is missing from {\(list)}.")
    }
    return axes
}

private final class TransposeKernel: Kernel {
    private let permutation: IntegerInput
    private let conjugates: Bool

    init(_ permutation: IntegerInput, conjugates: Bool) {
        self.permutation = permutation
        self.conjugates = conjugates
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let permutationShape = context.input(1).shape
        guard permutationShape.rank == 1 else {
            throw .invalidArgument("perm must be rank 1, got shape \(permutationShape)")
        }
        let axes = try checkedPermutation(permutation.read(context), rank: input.shape.rank)
        let shape = TensorShape(axes.map { input.shape[$0] })
        let strides = input.shape.strides
        let targets = shape.strides
        var copy = StridedCopy()
        for (index, axis) in axes.enumerated() {
            copy.append(shape[index], source: strides[axis], target: targets[index])
        }
        if copy.isContiguous && !conjugates { return context.setOutput(0, input.reshaped(to: shape)) }
        let output = try context.allocateOutput(0, input.dataType, shape)
        copy.run(
            from: input.bytes.baseAddress!, to: output.mutableBytes, elementSize: input.dataType.byteCount, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
        if conjugates { conjugate(output) }
    }

    private func conjugate(_ tensor: Tensor) {
        if tensor.dataType == .complex64 {
            let elements = tensor.pointer(Complex<Float>.self)
            for index in 0..<tensor.elementCount { elements[index].imaginary.negate() }
        } else {
            let elements = tensor.pointer(Complex<Double>.self)
            for index in 0..<tensor.elementCount { elements[index].imaginary.negate() }
        }
    }
}

private final class InvertPermutationKernel: Kernel {
    private let permutation: IntegerInput

    init(_ permutation: IntegerInput) { self.permutation = permutation }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        guard input.shape.rank == 1 else {
            throw .invalidArgument("invert_permutation expects a 1D vector.")
        }
        let values = permutation.read(context)
        let output = try context.allocateOutput(0, input.dataType, input.shape)
        var seen = [Bool](repeating: false, count: values.count)
        for (index, value) in values.enumerated() {
            guard value >= 0, value < values.count else {
                throw .invalidArgument("\(value) is not between 0 and \(values.count)")
            }
            guard !seen[value] else { throw .invalidArgument("\(value) is duplicated in the input.") }
            seen[value] = true
            if input.dataType == .int64 {
                output.pointer(Int64.self)[value] = Int64(index)
            } else {
                output.pointer(Int32.self)[value] = Int32(truncatingIfNeeded: index)
            }
        }
    }
}
