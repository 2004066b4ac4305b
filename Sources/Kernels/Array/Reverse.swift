import Execution
import Graphs
import ServingCore
import Tensors

/// Ops that move elements along axes: `Reverse`, `ReverseV2`, `ReverseSequence`, `Roll`.
let reverseOps: [OpDefinition] = [
    OpDefinition("Reverse", infer: Inference.sameAsInput) { (construction) throws(Status) in
        guard try construction.input(1).dataType == .bool else { throw .invalidArgument("dims must be bool") }
        return ReverseKernel(nil)
    },
    OpDefinition("ReverseV2", infer: Inference.sameAsInput) { (construction) throws(Status) in
        ReverseKernel(try IntegerInput(construction, 1))
    },
    OpDefinition("ReverseSequence", infer: Inference.sameAsInput) { (construction) throws(Status) in
        ReverseSequenceKernel(
            try IntegerInput(construction, 1), sequence: try construction.attributes.int("seq_dim"),
            batch: try construction.attributes.int("batch_dim", default: 0))
    },
    OpDefinition("Roll", infer: Inference.sameAsInput) { (construction) throws(Status) in
        RollKernel(shifts: try IntegerInput(construction, 1), axes: try IntegerInput(construction, 2))
    },
]

// MARK: Reverse

private final class ReverseKernel: Kernel {
    /// Nil if input 1 says for each dimension whether it is reversed.
    private let axes: IntegerInput?

    init(_ axes: IntegerInput?) { self.axes = axes }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let shape = input.shape
        let bits = try reversedDimensions(context)
        if bits == 0 || shape.rank == 0 { return context.setOutput(0, input) }
        let output = try context.allocateOutput(0, input.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let strides = shape.strides
        var copy = StridedCopy()
        var offset = 0
        for index in 0..<shape.rank {
            let reverses = bits >> index & 1 == 1
            if reverses { offset += (shape[index] - 1) * strides[index] }
            copy.append(shape[index], source: reverses ? -strides[index] : strides[index], target: strides[index])
        }
        let size = input.dataType.byteCount
        copy.run(from: input.buffer.base + offset * size, to: output.mutableBytes, elementSize: size, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }

    private func reversedDimensions(_ context: borrowing KernelContext) throws(Status) -> Int {
        let shape = context.input(0).shape
        let given = context.input(1)
        var bits = 0
        guard let axes else {
            guard given.shape.rank == 1 else {
                throw .invalidArgument("'dims' must be 1-dimension, not \(given.shape.rank)")
            }
            guard given.elementCount == shape.rank else {
                throw .invalidArgument(
                    "'dims' must have the same number of values as 'input' has dimensions. 'input' has \(shape.rank)'dims' has \(given.elementCount) values"
                )
            }
            for index in 0..<shape.rank where given.pointer(Bool.self)[index] { bits |= 1 << index }
            return bits
        }
        guard given.shape.rank == 1 else {
            throw .invalidArgument("'dims' must be 1-dimension, not \(given.shape.rank)")
        }
        for (position, axis) in axes.read(context).enumerated() {
            guard let index = normalizedAxis(axis, rank: shape.rank) else {
                throw .invalidArgument(
                    "'axis'[\(position)] = \(axis) is out of valid range [0, \(shape.rank - 1)")
            }
            guard bits >> index & 1 == 0 else { throw .invalidArgument("axis \(index) specified more than once.") }
            bits |= 1 << index
        }
        return bits
    }
}

// MARK: ReverseSequence

private final class ReverseSequenceKernel: Kernel {
    private let lengths: IntegerInput
    private let sequence: Int
    private let batch: Int

    init(_ lengths: IntegerInput, sequence: Int, batch: Int) {
        self.lengths = lengths
        self.sequence = sequence
        self.batch = batch
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let shape = input.shape
        let lengths = lengths.read(context)
        try check(shape, context.input(1).shape, lengths)
        let output = try context.allocateOutput(0, input.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let strides = shape.strides
        let size = input.dataType.byteCount
        func copy(batchIndex: Int, from source: Int, step: Int, to target: Int, count: Int) {
            guard count > 0 else { return }
            var copy = StridedCopy()
            for index in 0..<shape.rank where index != batch {
                if index == sequence {
                    copy.append(count, source: step * strides[index], target: strides[index])
                } else {
                    copy.append(shape[index], source: strides[index], target: strides[index])
                }
            }
            let base = batchIndex * strides[batch]
            copy.run(
                from: input.buffer.base + (base + source * strides[sequence]) * size,
                to: output.mutableBytes + (base + target * strides[sequence]) * size, elementSize: size, context)
        }
        for (index, length) in lengths.enumerated() {
            copy(batchIndex: index, from: length - 1, step: -1, to: 0, count: length)
            copy(batchIndex: index, from: length, step: 1, to: length, count: shape[sequence] - length)
        }
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }

    private func check(_ shape: TensorShape, _ lengthsShape: TensorShape, _ lengths: [Int]) throws(Status) {
        guard lengthsShape.rank == 1 else {
            throw .invalidArgument("seq_lens input must be 1-dim, not \(lengthsShape.rank)")
        }
        guard batch != sequence else { throw .invalidArgument("batch_dim == seq_dim == \(sequence)") }
        guard sequence >= 0, sequence < shape.rank else {
            throw .invalidArgument("seq_dim must be < input rank ( \(sequence) vs. \(shape.rank))")
        }
        guard batch >= 0, batch < shape.rank else {
            throw .invalidArgument("batch_dim must be < input rank ( \(batch) vs. \(shape.rank))")
        }
        guard lengths.count == shape[batch] else {
            throw .invalidArgument(
                "Length of seq_lengths != input.dims(\(batch)), (\(lengths.count) vs. \(shape[batch]))")
        }
        for (index, length) in lengths.enumerated() {
            guard length >= 0 else { throw .invalidArgument("seq_lens(\(index)) < 0") }
            guard length <= shape[sequence] else {
                throw .invalidArgument("seq_lens(\(index)) > input.dims(\(sequence))")
            }
        }
    }
}

// MARK: Roll

private final class RollKernel: Kernel {
    private let shifts: IntegerInput
    private let axes: IntegerInput

    init(shifts: IntegerInput, axes: IntegerInput) {
        self.shifts = shifts
        self.axes = axes
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let shape = input.shape
        let shift = try shiftSums(context)
        let output = try context.allocateOutput(0, input.dataType, shape)
        guard shape.elementCount > 0 else { return }
        copyPieces(input, output, shift, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }

    /// By how many places each dimension is shifted, from 0 to its size.
    private func shiftSums(_ context: borrowing KernelContext) throws(Status) -> [Int] {
        let shape = context.input(0).shape
        let (shiftsShape, axesShape) = (context.input(1).shape, context.input(2).shape)
        guard shape.rank >= 1 else { throw .invalidArgument("input must be 1-D or higher") }
        guard shiftsShape.rank <= 1 else {
            throw .invalidArgument("shift must be a scalar or a 1-D vector. Found: \(shiftsShape)")
        }
        guard axesShape.rank <= 1 else {
            throw .invalidArgument("axis must be a scalar or a 1-D vector. Found: \(axesShape)")
        }
        guard shiftsShape == axesShape else { throw .invalidArgument("shift and axis must have the same size") }
        var result = [Int](repeating: 0, count: shape.rank)
        for (shift, axis) in zip(shifts.read(context), axes.read(context)) {
            guard let index = normalizedAxis(axis, rank: shape.rank) else {
                throw .invalidArgument("axis \(axis < 0 ? axis &+ shape.rank : axis) is out of range")
            }
            let size = max(shape[index], 1)
            let sum = (result[index] + shift % size) % size
            result[index] = sum < 0 ? sum + size : sum
        }
        return result
    }

    /// Every shifted dimension falls into two pieces that change places; all combinations of pieces are copied.
    private func copyPieces(_ input: Tensor, _ output: Tensor, _ shift: [Int], _ context: borrowing KernelContext) {
        let shape = input.shape
        let strides = shape.strides
        let size = input.dataType.byteCount
        let moved = (0..<shape.rank).filter { shift[$0] != 0 }
        for pieces in 0..<(1 << moved.count) {
            var copy = StridedCopy()
            var source = 0
            var target = 0
            for index in 0..<shape.rank {
                var count = shape[index]
                if let number = moved.firstIndex(of: index) {
                    if pieces >> number & 1 == 0 {
                        count -= shift[index]
                        target += shift[index] * strides[index]
                    } else {
                        source += (count - shift[index]) * strides[index]
                        count = shift[index]
                    }
                }
                copy.append(count, source: strides[index], target: strides[index])
            }
            copy.run(
                from: input.buffer.base + source * size, to: output.mutableBytes + target * size, elementSize: size,
                context)
        }
    }
}
