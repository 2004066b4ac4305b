import Execution
import Graphs
import ServingCore
import Tensors

/// `Slice` and `StridedSlice`.
let sliceOps: [OpDefinition] = [
    OpDefinition("Slice", infer: inferSlice) { (construction) throws(Status) in
        SliceKernel(begin: try IntegerInput(construction, 1), size: try IntegerInput(construction, 2))
    },
    OpDefinition("StridedSlice", infer: inferStridedSlice) { (construction) throws(Status) in
        try StridedSliceKernel(construction)
    },
]

/// Copies the part of `input` that starts at `begins` with `sizes` and `steps`, shaped as `shape`, to output 0.
private func copyPart(
    of input: Tensor, begins: AxisNumbers, sizes: AxisNumbers, steps: AxisNumbers?, shape: TensorShape,
    _ context: borrowing KernelContext
) throws(Status) {
    if steps == nil || steps!.allSatisfy({ $0 == 1 }), sizes.elementsEqual(AxisNumbers(input.shape)) {
        return context.setOutput(0, input.reshaped(to: shape))
    }
    let output = try context.allocateOutput(0, input.dataType, shape)
    if shape.elementCount == 0 { return }
    if shape.elementCount == 1, !input.dataType.isReference {
        return copyElement(of: input, at: begins, to: output)
    }
    let strides = input.shape.strides
    let targets = TensorShape(sizes).strides
    let elementSize = input.dataType.byteCount
    var copy = StridedCopy()
    var offset = 0
    for index in sizes.indices {
        offset += begins[index] * strides[index]
        // A single element needs no step, and a step from outside may be of any size.
        let step = sizes[index] == 1 ? 1 : steps?[index] ?? 1
        copy.append(sizes[index], source: strides[index] * step, target: targets[index])
    }
    copy.run(
        from: input.bytes.baseAddress! + offset * elementSize, to: output.mutableBytes, elementSize: elementSize,
        context)
    if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
}

/// Copies the element of `input` at `position` to the only one of `output`, as when a size is taken out of a shape.
private func copyElement(of input: Tensor, at position: AxisNumbers, to output: Tensor) {
    var place = 0
    for index in position.indices { place = place * input.shape[index] + position[index] }
    let size = input.dataType.byteCount
    output.buffer.base.copyMemory(from: input.buffer.base + place * size, byteCount: size)
}

// MARK: Slice

private func inferSlice(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let begin = try facts.constantIntegers(1)
    let size = try facts.constantIntegers(2)
    guard let rank = input.shape.rank ?? begin?.count ?? size?.count else { return [TensorFact(input.dataType)] }
    if let full = input.shape.full, let begin, let size {
        return [TensorFact(input.dataType, PartialShape(try sliceSizes(full, begin, size)))]
    }
    guard let size, size.count == rank else { return [TensorFact(input.dataType, .unknown(rank: rank))] }
    return [TensorFact(input.dataType, PartialShape(size.map { max($0, -1) }))]
}

private func sliceSizes(_ shape: TensorShape, _ begin: [Int], _ size: [Int]) throws(Status) -> [Int] {
    guard begin.count == shape.rank, size.count == shape.rank else {
        throw .invalidArgument(
            "Expected begin and size arguments to be 1-D tensors of size \(shape.rank), but got shapes [\(begin.count)] and [\(size.count)] instead."
        )
    }
    var sizes = size
    for index in 0..<shape.rank {
        let extent = shape[index]
        let (rest, overflow) = extent.subtractingReportingOverflow(begin[index])
        if sizes[index] == -1 { sizes[index] = overflow ? -1 : rest }
        if extent == 0 {
            guard begin[index] == 0, sizes[index] == 0 else {
                throw .invalidArgument(
                    "Expected begin[\(index)] == 0 (got \(begin[index])) and size[\(index)] == 0 (got \(sizes[index])) when input.dim_size(\(index)) == 0"
                )
            }
            continue
        }
        guard begin[index] >= 0, begin[index] <= extent else {
            throw .invalidArgument("Expected begin[\(index)] in [0, \(extent)], but got \(begin[index])")
        }
        guard sizes[index] >= 0, sizes[index] <= rest else {
            throw .invalidArgument("Expected size[\(index)] in [0, \(rest)], but got \(sizes[index])")
        }
    }
    return sizes
}

private final class SliceKernel: Kernel {
    private let begin: IntegerInput
    private let size: IntegerInput

    init(begin: IntegerInput, size: IntegerInput) {
        self.begin = begin
        self.size = size
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let begins = begin.read(context)
        let sizes = try sliceSizes(input.shape, begins, size.read(context))
        try copyPart(
            of: input, begins: AxisNumbers(begins), sizes: AxisNumbers(sizes), steps: nil, shape: TensorShape(sizes),
            context)
    }
}

// MARK: StridedSlice

private func inferStridedSlice(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    guard let begin = try facts.constantIntegers(1), let end = try facts.constantIntegers(2),
        let steps = try facts.constantIntegers(3), let sizes = input.shape.dimensions,
        sizes.count <= TensorShape.maximumRank
    else { return [TensorFact(input.dataType)] }
    let masks = try StridedSliceMasks(facts.attributes)
    let part = try StridedSlicePart(AxisNumbers(sizes), begin: begin, end: end, steps: steps, masks)
    return [TensorFact(input.dataType, PartialShape(Array(part.shape)))]
}

private final class StridedSliceKernel: Kernel {
    private let begin: IntegerInput
    private let end: IntegerInput
    private let steps: IntegerInput
    private let masks: StridedSliceMasks

    init(_ construction: KernelConstruction) throws(Status) {
        begin = try IntegerInput(construction, 1, takesShort: true)
        end = try IntegerInput(construction, 2, takesShort: true)
        steps = try IntegerInput(construction, 3, takesShort: true)
        masks = try StridedSliceMasks(construction.attributes)
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let shapes = (context.input(1).shape, context.input(2).shape, context.input(3).shape)
        guard shapes.0.rank == 1, shapes.0 == shapes.1, shapes.0 == shapes.2 else {
            throw .invalidArgument(
                "Expected begin, end, and strides to be 1D equal size tensors, but got shapes \(shapes.0), \(shapes.1), and \(shapes.2) instead."
            )
        }
        let part = try StridedSlicePart(
            AxisNumbers(input.shape), begin: begin.read(context), end: end.read(context), steps: steps.read(context),
            masks)
        try copyPart(
            of: input, begins: part.begins, sizes: part.sizes, steps: part.steps, shape: try .checked(part.shape),
            context)
    }
}
