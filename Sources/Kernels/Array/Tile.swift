import Execution
import Graphs
import ServingCore
import Tensors

/// Ops that repeat their input: `Tile`, `BroadcastTo`; and `BroadcastArgs`, which computes the shape to broadcast to.
let tileOps: [OpDefinition] = [
    OpDefinition("Tile", infer: inferTile) { (construction) throws(Status) in
        TileKernel(try IntegerInput(construction, 1))
    },
    OpDefinition("BroadcastTo", infer: inferBroadcastTo) { (construction) throws(Status) in
        BroadcastToKernel(try IntegerInput(construction, 1))
    },
    OpDefinition("BroadcastArgs", infer: inferBroadcastArgs) { (construction) throws(Status) in
        BroadcastArgsKernel(try IntegerInput(construction, 0), try IntegerInput(construction, 1))
    },
]

// MARK: Tile

private func inferTile(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let multiples = try facts.constantIntegers(1)
    guard let rank = input.shape.rank ?? multiples?.count else { return [TensorFact(input.dataType)] }
    guard let sizes = input.shape.dimensions, let multiples, multiples.count == rank else {
        return [TensorFact(input.dataType, .unknown(rank: rank))]
    }
    var result = sizes
    for index in 0..<rank {
        guard sizes[index] >= 0, multiples[index] >= 0 else {
            result[index] = -1
            continue
        }
        let (product, overflow) = sizes[index].multipliedReportingOverflow(by: multiples[index])
        result[index] = overflow ? -1 : product
    }
    return [TensorFact(input.dataType, PartialShape(result))]
}

private final class TileKernel: Kernel {
    private let multiples: IntegerInput

    init(_ multiples: IntegerInput) { self.multiples = multiples }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let rank = input.shape.rank
        guard context.input(1).shape.rank == 1 else {
            throw .invalidArgument("Expected multiples to be 1-D, but got shape \(context.input(1).shape)")
        }
        let multiples = multiples.read(context)
        guard multiples.count == rank else {
            throw .invalidArgument(
                "Expected multiples argument to be a vector of length \(rank) but got length \(multiples.count)")
        }
        var sizes: [Int] = []
        for index in 0..<rank {
            guard multiples[index] >= 0 else {
                throw .invalidArgument("Expected multiples[\(index)] >= 0, but got \(multiples[index])")
            }
            let (product, overflow) = input.shape[index].multipliedReportingOverflow(by: multiples[index])
            guard !overflow else { throw .invalidArgument("multiples[\(index)] = \(multiples[index]) is too large") }
            sizes.append(product)
        }
        let shape = try TensorShape.checked(sizes)
        if shape == input.shape { return context.setOutput(0, input) }
        let output = try context.allocateOutput(0, input.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let sources = input.shape.strides
        let targets = shape.strides
        var copy = StridedCopy()
        for index in 0..<rank {
            copy.append(multiples[index], source: 0, target: targets[index] * input.shape[index])
            copy.append(input.shape[index], source: sources[index], target: targets[index])
        }
        copy.run(from: input.buffer.base, to: output.mutableBytes, elementSize: input.dataType.byteCount, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }
}

// MARK: BroadcastTo

private func inferBroadcastTo(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    if let sizes = try facts.constantIntegers(1), sizes.allSatisfy({ $0 >= 0 }) {
        return [TensorFact(input.dataType, PartialShape(sizes))]
    }
    return [TensorFact(input.dataType, try facts.input(1).shape.size(0).map { .unknown(rank: $0) } ?? .unknown)]
}

private final class BroadcastToKernel: Kernel {
    private let sizes: IntegerInput

    init(_ sizes: IntegerInput) { self.sizes = sizes }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let sizesShape = context.input(1).shape
        guard sizesShape.rank <= 1 else {
            throw .invalidArgument("shape must be a vector or a scalar, but got shape \(sizesShape)")
        }
        let shape = try TensorShape.checked(sizes.read(context))
        if shape == input.shape { return context.setOutput(0, input) }
        guard input.shape.rank <= shape.rank else {
            throw .invalidArgument(
                "Rank of input (\(input.shape.rank)) must be no greater than rank of output shape (\(shape.rank)).")
        }
        guard Broadcast.merged(input.shape, shape) == shape else {
            throw .invalidArgument("Incompatible shapes: \(input.shape) vs. \(shape)")
        }
        let output = try context.allocateOutput(0, input.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let sources = input.shape.strides
        let targets = shape.strides
        let lead = shape.rank - input.shape.rank
        var copy = StridedCopy()
        for index in 0..<shape.rank {
            let repeats = index < lead || input.shape[index - lead] == 1
            copy.append(shape[index], source: repeats ? 0 : sources[index - lead], target: targets[index])
        }
        copy.run(from: input.buffer.base, to: output.mutableBytes, elementSize: input.dataType.byteCount, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }
}

// MARK: BroadcastArgs

private func inferBroadcastArgs(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let (a, b) = (try facts.input(0), try facts.input(1))
    guard let x = a.shape.size(0), let y = b.shape.size(0) else { return [TensorFact(a.dataType, .unknown(rank: 1))] }
    return [TensorFact(a.dataType, PartialShape([max(x, y)]))]
}

private final class BroadcastArgsKernel: Kernel {
    private let first: IntegerInput
    private let second: IntegerInput

    init(_ first: IntegerInput, _ second: IntegerInput) {
        self.first = first
        self.second = second
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        for index in 0..<2 where context.input(index).shape.rank != 1 {
            throw .invalidArgument("In[\(index)] must be a vector.\(context.input(index).shape)")
        }
        let a = first.read(context)
        let b = second.read(context)
        var result = a.count >= b.count ? a : b
        let other = a.count >= b.count ? b : a
        for index in other.indices {
            let place = index + result.count - other.count
            if result[place] == 1 {
                result[place] = other[index]
            } else if other[index] != 1 && other[index] != result[place] {
                throw .invalidArgument(
                    "Incompatible shapes: [\(a.map(String.init).joined(separator: ","))] vs. [\(b.map(String.init).joined(separator: ","))]"
                )
            }
        }
        let type = context.input(0).dataType
        let output = try context.allocateOutput(0, type, [result.count])
        for (index, size) in result.enumerated() {
            if type == .int64 {
                output.pointer(Int64.self)[index] = Int64(size)
            } else {
                output.pointer(Int32.self)[index] = Int32(truncatingIfNeeded: size)
            }
        }
    }
}
