import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// Ops that take a tensor apart along an axis: `Split` (equal parts), `SplitV` (given sizes), `Unpack` (single slices,
/// without the axis).
let splitOps: [OpDefinition] = [
    OpDefinition("Split", infer: inferSplit) { (construction) throws(Status) in
        SplitKernel(try IntegerInput(construction, 0), count: try splitCount(construction.attributes, "num_split"))
    },
    OpDefinition("SplitV", infer: inferSplitV) { (construction) throws(Status) in
        SplitVKernel(
            sizes: try IntegerInput(construction, 1), axis: try IntegerInput(construction, 2),
            count: try splitCount(construction.attributes, "num_split"))
    },
    OpDefinition("Unpack", infer: inferUnpack) { (construction) throws(Status) in
        UnpackKernel(
            axis: try construction.attributes.int("axis", default: 0),
            count: try splitCount(construction.attributes, "num"))
    },
]

/// A number of outputs from a model's file; a bound keeps a broken one from claiming memory.
private func splitCount(_ attributes: Attributes, _ name: String) throws(Status) -> Int {
    let count = try attributes.int(name)
    guard count >= 0, count <= 1 << 20 else { throw .invalidArgument("\(name) must not be \(count)") }
    return count
}

/// Copies `input` along `axis` to the outputs, the sizes of which along the axis are `sizes`.
private func copyParts(
    of input: Tensor, axis: Int, sizes: [Int], shapes: (Int) -> TensorShape, _ context: borrowing KernelContext
) throws(Status) {
    let type = input.dataType
    if sizes.count == 1 { return context.setOutput(0, input.reshaped(to: shapes(0))) }
    let rows = input.shape.product(0..<axis)
    let inner = input.shape.product((axis + 1)..<input.shape.rank) * type.byteCount
    let rowBytes = input.shape[axis] * inner
    var offset = 0
    for index in sizes.indices {
        let output = try context.allocateOutput(index, type, shapes(index))
        let bytes = sizes[index] * inner
        if bytes > 0 && rows > 0 {
            let source = input.bytes.baseAddress! + offset
            let target = output.mutableBytes
            context.parallelFor(rows, cost: 3 + Double(bytes) * 0.1) { range in
                for row in range { memcpy(target + row * bytes, source + row * rowBytes, bytes) }
            }
        }
        if type.isReference { output.buffer.attachContents(of: input.buffer) }
        offset += bytes
    }
}

// MARK: Split

private func inferSplit(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(1)
    let count = try splitCount(facts.attributes, "num_split")
    var fact = TensorFact(input.dataType)
    if var sizes = input.shape.dimensions {
        fact.shape = .unknown(rank: sizes.count)
        if let axes = try facts.constantIntegers(0), axes.count == 1,
            let axis = normalizedAxis(axes[0], rank: sizes.count)
        {
            if sizes[axis] >= 0 { sizes[axis] = count > 0 ? sizes[axis] / count : 0 }
            fact.shape = PartialShape(sizes)
        }
    }
    return [TensorFact](repeating: fact, count: count)
}

private final class SplitKernel: Kernel {
    private let axis: IntegerInput
    private let count: Int

    init(_ axis: IntegerInput, count: Int) {
        self.axis = axis
        self.count = count
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let axisShape = context.input(0).shape
        guard axisShape.elementCount == 1, axisShape.rank == 0 else {
            throw .invalidArgument("split_dim must be a scalar but has rank \(axisShape.rank)")
        }
        let input = context.input(1)
        let rank = input.shape.rank
        let wanted = axis.read(context)[0]
        guard let axis = normalizedAxis(wanted, rank: rank) else {
            throw .invalidArgument("-input rank(-\(rank)) <= split_dim < input rank (\(rank)), but got \(wanted)")
        }
        guard count > 0 else {
            throw .invalidArgument("Number of ways to split should be > 0, but got \(count)")
        }
        guard input.shape[axis] % count == 0 else {
            throw .invalidArgument(
                "Number of ways to split should evenly divide the split dimension, but got split_dim \(axis) (size = \(input.shape[axis])) and num_split \(count)"
            )
        }
        var shape = input.shape
        shape[axis] /= count
        let sizes = [Int](repeating: shape[axis], count: count)
        try copyParts(of: input, axis: axis, sizes: sizes, shapes: { _ in shape }, context)
    }
}

// MARK: SplitV

private func inferSplitV(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let count = try splitCount(facts.attributes, "num_split")
    let unknown = TensorFact(input.dataType, input.shape.rank.map { .unknown(rank: $0) } ?? .unknown)
    guard let sizes = input.shape.dimensions, let parts = try facts.constantIntegers(1), parts.count == count,
        let axes = try facts.constantIntegers(2), axes.count == 1, let axis = normalizedAxis(axes[0], rank: sizes.count)
    else { return [TensorFact](repeating: unknown, count: count) }
    let resolved = sizes[axis] >= 0 ? try splitSizes(parts, extent: sizes[axis]) : parts.map { max($0, -1) }
    return resolved.map { size in
        var part = sizes
        part[axis] = size
        return TensorFact(input.dataType, PartialShape(part))
    }
}

/// `sizes`, in which one may be -1 for the rest of `extent`.
private func splitSizes(_ sizes: [Int], extent: Int) throws(Status) -> [Int] {
    var result = sizes
    var open: Int?
    var sum = 0
    for (index, size) in sizes.enumerated() {
        if size == -1 {
            guard open == nil else { throw .invalidArgument("There can only be one -1 in the input.") }
            open = index
            continue
        }
        guard size >= 0 else { throw .invalidArgument("Split size at index \(index) must be >= 0. Got: \(size)") }
        let (total, overflow) = sum.addingReportingOverflow(size)
        guard !overflow else { throw .invalidArgument("the split sizes overflow") }
        sum = total
    }
    guard (open == nil && sum == extent) || (open != nil && sum <= extent) else {
        throw .invalidArgument(
            "Determined shape must either match input shape along split_dim exactly if fully specified, or be less than the size of the input along split_dim if not fully specified.  Got: \(sum)"
        )
    }
    if let open { result[open] = extent - sum }
    return result
}

private final class SplitVKernel: Kernel {
    private let sizes: IntegerInput
    private let axis: IntegerInput
    private let count: Int

    init(sizes: IntegerInput, axis: IntegerInput, count: Int) {
        self.sizes = sizes
        self.axis = axis
        self.count = count
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let rank = input.shape.rank
        let axes = axis.read(context)
        guard axes.count == 1, context.input(2).shape.rank == 0 else {
            throw .invalidArgument("split_dim must be a scalar but has rank \(context.input(2).shape.rank)")
        }
        let parts = sizes.read(context)
        guard context.input(1).shape.rank == 1, parts.count == count else {
            throw .invalidArgument(
                "size of the split_tensor must be 1-D and have the same elements as outputs got \(context.input(1).shape.rank) -D and \(parts.count) elements"
            )
        }
        guard let axis = normalizedAxis(axes[0], rank: rank) else {
            throw .invalidArgument("-input rank(-\(rank)) <= split_dim < input rank (\(rank)), but got \(axes[0])")
        }
        let resolved = try splitSizes(parts, extent: input.shape[axis])
        let shape = input.shape
        func partShape(_ index: Int) -> TensorShape {
            var part = shape
            part[axis] = resolved[index]
            return part
        }
        try copyParts(of: input, axis: axis, sizes: resolved, shapes: partShape, context)
    }
}

// MARK: Unpack

private func inferUnpack(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let count = try splitCount(facts.attributes, "num")
    var fact = TensorFact(input.dataType)
    if var sizes = input.shape.dimensions {
        let axis = try unpackAxis(facts.attributes.int("axis", default: 0), rank: sizes.count)
        sizes.remove(at: axis)
        fact.shape = PartialShape(sizes)
    }
    return [TensorFact](repeating: fact, count: count)
}

private func unpackAxis(_ axis: Int, rank: Int) throws(Status) -> Int {
    guard let index = normalizedAxis(axis, rank: rank) else {
        throw .invalidArgument("axis = \(axis) not in [\(-rank), \(rank))")
    }
    return index
}

private final class UnpackKernel: Kernel {
    private let axis: Int
    private let count: Int

    init(axis: Int, count: Int) {
        self.axis = axis
        self.count = count
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let axis = try unpackAxis(axis, rank: input.shape.rank)
        guard input.shape[axis] == count else {
            throw .invalidArgument("Input shape axis \(axis) must equal \(count), got shape \(input.shape)")
        }
        let shape = input.shape.removing(at: axis)
        if count == 0 { return }
        try copyParts(of: input, axis: axis, sizes: [Int](repeating: 1, count: count), shapes: { _ in shape }, context)
    }
}
