import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// `Pad` (with zeros), `PadV2` (with input 2) and `MirrorPad` (with the input's own elements).
let padOps: [OpDefinition] = [
    OpDefinition("Pad", infer: inferPad) { (construction) throws(Status) in
        PadKernel(try IntegerInput(construction, 1), hasValue: false)
    },
    OpDefinition("PadV2", infer: inferPad) { (construction) throws(Status) in
        PadKernel(try IntegerInput(construction, 1), hasValue: true)
    },
    OpDefinition("MirrorPad", infer: inferPad) { (construction) throws(Status) in
        let mode = try construction.attributes.string("mode")
        guard mode == "REFLECT" || mode == "SYMMETRIC" else {
            throw .invalidArgument("mode must be either REFLECT or SYMMETRIC, not \(mode)")
        }
        return MirrorPadKernel(try IntegerInput(construction, 1), offset: mode == "REFLECT" ? 1 : 0)
    },
]

private func inferPad(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    if facts.node.op == "PadV2", try facts.input(2).dataType != input.dataType {
        throw .invalidArgument("PadV2 pads \(input.dataType.name) with \(try facts.input(2).dataType.name)")
    }
    let paddings = try facts.constantIntegers(1)
    let rows = try facts.input(1).shape.size(0)
    guard let rank = input.shape.rank ?? rows else { return [TensorFact(input.dataType)] }
    guard let paddings, let sizes = input.shape.dimensions, paddings.count == 2 * rank else {
        return [TensorFact(input.dataType, .unknown(rank: rank))]
    }
    let padded = sizes.indices.map { index -> Int in
        guard sizes[index] >= 0, paddings[2 * index] >= 0, paddings[2 * index + 1] >= 0 else { return -1 }
        return Padding.sum(sizes[index], paddings[2 * index], paddings[2 * index + 1]) ?? -1
    }
    return [TensorFact(input.dataType, PartialShape(padded))]
}

/// How many elements stand before and behind those of the input, for each dimension.
private struct Padding {
    let before: [Int]
    let after: [Int]
    let shape: TensorShape

    init(_ input: TensorShape, _ paddings: [Int], _ paddingsShape: TensorShape) throws(Status) {
        let rank = input.rank
        guard paddingsShape.rank == 2, paddingsShape[1] == 2 else {
            throw .invalidArgument("paddings must be a matrix with 2 columns: \(paddingsShape)")
        }
        guard paddingsShape[0] == rank else {
            throw .invalidArgument(
                "The first dimension of paddings must be the rank of inputs\(paddingsShape) \(input)")
        }
        before = (0..<rank).map { paddings[2 * $0] }
        after = (0..<rank).map { paddings[2 * $0 + 1] }
        var sizes: [Int] = []
        for index in 0..<rank {
            guard before[index] >= 0, after[index] >= 0 else {
                throw .invalidArgument("Paddings must be non-negative: \(before[index]) \(after[index])")
            }
            guard let size = Padding.sum(input[index], before[index], after[index]) else {
                throw .invalidArgument("Paddings are too large: \(before[index]) \(after[index])")
            }
            sizes.append(size)
        }
        shape = try .checked(sizes)
    }

    static func sum(_ a: Int, _ b: Int, _ c: Int) -> Int? {
        let (first, overflow) = a.addingReportingOverflow(b)
        let (second, overflow2) = first.addingReportingOverflow(c)
        return overflow || overflow2 ? nil : second
    }

    var isNone: Bool { before.allSatisfy { $0 == 0 } && after.allSatisfy { $0 == 0 } }

    /// Copies `input` to its place in `output`.
    func copy(_ input: Tensor, to output: Tensor, _ context: borrowing KernelContext) {
        let sources = input.shape.strides
        let targets = shape.strides
        var copy = StridedCopy()
        var offset = 0
        for index in 0..<shape.rank {
            offset += before[index] * targets[index]
            copy.append(input.shape[index], source: sources[index], target: targets[index])
        }
        let size = input.dataType.byteCount
        copy.run(from: input.buffer.base, to: output.mutableBytes + offset * size, elementSize: size, context)
    }
}

private final class PadKernel: Kernel {
    private let paddings: IntegerInput
    private let hasValue: Bool

    init(_ paddings: IntegerInput, hasValue: Bool) {
        self.paddings = paddings
        self.hasValue = hasValue
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let type = input.dataType
        let padding = try Padding(input.shape, paddings.read(context), context.input(1).shape)
        if hasValue, context.input(2).shape.rank != 0 {
            throw .invalidArgument("constant_values must be a scalar. Found: \(context.input(2).shape)")
        }
        if padding.isNone { return context.setOutput(0, input) }
        let output = try context.allocateOutput(0, type, padding.shape)
        guard output.elementCount > 0 else { return }
        if hasValue {
            let value = context.input(2)
            Tensor.fill(
                output.mutableBytes, with: value.buffer.base, elementSize: type.byteCount, count: output.elementCount)
            if type.isReference { output.buffer.attachContents(of: value.buffer) }
        } else {
            memset(output.mutableBytes, 0, output.byteCount)
        }
        if input.elementCount > 0 { padding.copy(input, to: output, context) }
        if type.isReference { output.buffer.attachContents(of: input.buffer) }
    }
}

private final class MirrorPadKernel: Kernel {
    private let paddings: IntegerInput
    /// 1 if the element at the edge is not repeated.
    private let offset: Int

    init(_ paddings: IntegerInput, offset: Int) {
        self.paddings = paddings
        self.offset = offset
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let padding = try Padding(input.shape, paddings.read(context), context.input(1).shape)
        for index in 0..<input.shape.rank {
            let (before, after, size) = (padding.before[index], padding.after[index], input.shape[index])
            guard before <= size - offset, after <= size - offset else {
                let relation = offset == 1 ? "less than" : "no greater than"
                let negation = offset == 1 ? "not less than" : "greater than"
                throw .invalidArgument(
                    "paddings must be \(relation) the dimension size: \(before), \(after) \(negation) \(size)")
            }
        }
        if padding.isNone { return context.setOutput(0, input) }
        let output = try context.allocateOutput(0, input.dataType, padding.shape)
        guard output.elementCount > 0 else { return }
        padding.copy(input, to: output, context)
        for axis in (0..<input.shape.rank).reversed() { mirror(axis, input.shape, padding, output, context) }
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }

    /// Fills both margins along `axis` from what stands between them; inner dimensions are complete already, of outer ones
    /// only the part that the input takes.
    private func mirror(
        _ axis: Int, _ inputShape: TensorShape, _ padding: Padding, _ output: Tensor, _ context: borrowing KernelContext
    ) {
        let strides = padding.shape.strides
        let elementSize = output.dataType.byteCount
        var outer = 0
        for index in 0..<axis { outer += padding.before[index] * strides[index] }
        func copy(count: Int, from source: Int, to target: Int) {
            guard count > 0 else { return }
            var copy = StridedCopy()
            for index in 0..<axis { copy.append(inputShape[index], source: strides[index], target: strides[index]) }
            copy.append(count, source: -strides[axis], target: strides[axis])
            for index in (axis + 1)..<padding.shape.rank {
                copy.append(padding.shape[index], source: strides[index], target: strides[index])
            }
            let base = output.mutableBytes
            copy.run(
                from: base + (outer + source * strides[axis]) * elementSize,
                to: base + (outer + target * strides[axis]) * elementSize, elementSize: elementSize, context)
        }
        let (before, after, size) = (padding.before[axis], padding.after[axis], inputShape[axis])
        copy(count: before, from: 2 * before - 1 + offset, to: 0)
        copy(count: after, from: before + size - 1 - offset, to: before + size)
    }
}
