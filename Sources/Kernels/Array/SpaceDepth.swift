import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// Ops that move blocks between the spatial dimensions and the depth (`DepthToSpace`, `SpaceToDepth`) or the batch
/// (`SpaceToBatchND`, `BatchToSpaceND`, `SpaceToBatch`, `BatchToSpace`).
let spaceDepthOps: [OpDefinition] = [
    OpDefinition("DepthToSpace", infer: inferDepth) { (construction) throws(Status) in
        DepthKernel(try DepthBlocks(construction.attributes, toSpace: true))
    },
    OpDefinition("SpaceToDepth", infer: inferDepth) { (construction) throws(Status) in
        DepthKernel(try DepthBlocks(construction.attributes, toSpace: false))
    },
    OpDefinition("SpaceToBatchND", infer: inferBatch) { (construction) throws(Status) in
        BatchKernel(try IntegerInput(construction, 1), try IntegerInput(construction, 2), blockSize: 0, toBatch: true)
    },
    OpDefinition("BatchToSpaceND", infer: inferBatch) { (construction) throws(Status) in
        BatchKernel(try IntegerInput(construction, 1), try IntegerInput(construction, 2), blockSize: 0, toBatch: false)
    },
    OpDefinition("SpaceToBatch", infer: inferBatch) { (construction) throws(Status) in
        let size = try construction.attributes.int("block_size")
        return BatchKernel(nil, try IntegerInput(construction, 1), blockSize: size, toBatch: true)
    },
    OpDefinition("BatchToSpace", infer: inferBatch) { (construction) throws(Status) in
        let size = try construction.attributes.int("block_size")
        return BatchKernel(nil, try IntegerInput(construction, 1), blockSize: size, toBatch: false)
    },
]

// MARK: Depth

/// The attributes of `DepthToSpace` and `SpaceToDepth`.
private struct DepthBlocks: Sendable {
    let size: Int
    let channelsFirst: Bool
    let toSpace: Bool

    init(_ attributes: Attributes, toSpace: Bool) throws(Status) {
        size = try attributes.int("block_size")
        let format = try attributes.string("data_format", default: "NHWC")
        guard format == "NHWC" || format == "NCHW" else {
            throw .unimplemented("data_format \(format) is not supported")
        }
        guard size >= 2, size <= 1 << 15 else { throw .invalidArgument("Block size should be > 1, but was: \(size)") }
        channelsFirst = format == "NCHW"
        self.toSpace = toSpace
    }

    /// The output's shape. Throws if the blocks do not divide the input.
    func outputShape(_ input: TensorShape) throws(Status) -> TensorShape {
        guard input.rank == 4 else { throw .invalidArgument("Input rank should be: 4 instead of: \(input.rank)") }
        let (c, h, w) = channelsFirst ? (1, 2, 3) : (3, 1, 2)
        var sizes = input.dimensions
        if toSpace {
            guard input[c] % (size * size) == 0 else {
                throw .invalidArgument("Input depth dimension \(input[c]) should be divisible by: \(size * size)")
            }
            sizes[c] /= size * size
            for index in [h, w] {
                let (product, overflow) = sizes[index].multipliedReportingOverflow(by: size)
                guard !overflow else { throw .invalidArgument("the output of the blocks is too large") }
                sizes[index] = product
            }
        } else {
            guard input[h] % size == 0, input[w] % size == 0 else {
                throw .invalidArgument(
                    "Image width \(input[w]) and height \(input[h]) should be divisible by block_size: \(size)")
            }
            let (product, overflow) = sizes[c].multipliedReportingOverflow(by: size * size)
            guard !overflow else { throw .invalidArgument("the output of the blocks is too large") }
            sizes[c] = product
            sizes[h] /= size
            sizes[w] /= size
        }
        return try .checked(sizes)
    }

    /// The sizes of the split dimensions and, for each of them, the strides in the spacious and in the deep tensor.
    func copy(_ input: TensorShape, _ output: TensorShape) -> StridedCopy {
        let (deep, spacious) = toSpace ? (input, output) : (output, input)
        let d = deep.strides
        let s = spacious.strides
        let (c, h, w) = channelsFirst ? (1, 2, 3) : (3, 1, 2)
        let channels = spacious[c]
        var walk: [(size: Int, deep: Int, spacious: Int)] = [
            (deep[0], d[0], s[0]), (deep[h], d[h], s[h] * size), (size, d[c] * channels * size, s[h]),
            (deep[w], d[w], s[w] * size), (size, d[c] * channels, s[w]), (channels, d[c], s[c]),
        ]
        if channelsFirst { walk.insert(walk.removeLast(), at: 1) }
        var copy = StridedCopy()
        for step in walk {
            copy.append(
                step.size, source: toSpace ? step.deep : step.spacious, target: toSpace ? step.spacious : step.deep)
        }
        return copy
    }
}

private func inferDepth(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let blocks = try DepthBlocks(facts.attributes, toSpace: facts.node.op == "DepthToSpace")
    guard let full = input.shape.full else { return [TensorFact(input.dataType, .unknown(rank: 4))] }
    return [TensorFact(input.dataType, PartialShape(try blocks.outputShape(full)))]
}

private final class DepthKernel: Kernel {
    private let blocks: DepthBlocks

    init(_ blocks: DepthBlocks) { self.blocks = blocks }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let output = try context.allocateOutput(0, input.dataType, try blocks.outputShape(input.shape))
        guard output.elementCount > 0 else { return }
        blocks.copy(input.shape, output.shape).run(
            from: input.buffer.base, to: output.mutableBytes, elementSize: input.dataType.byteCount, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }
}

// MARK: Batch

private func inferBatch(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    return [TensorFact(input.dataType, input.shape.rank.map { .unknown(rank: $0) } ?? .unknown)]
}

private final class BatchKernel: Kernel {
    /// Nil for the ops whose two blocks have the same size, an attribute.
    private let blocks: IntegerInput?
    private let margins: IntegerInput
    private let blockSize: Int
    private let toBatch: Bool

    init(_ blocks: IntegerInput?, _ margins: IntegerInput, blockSize: Int, toBatch: Bool) {
        self.blocks = blocks
        self.margins = margins
        self.blockSize = blockSize
        self.toBatch = toBatch
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let sizes = blocks?.read(context) ?? [blockSize, blockSize]
        try check(input.shape, sizes, context)
        let edges = margins.read(context)
        if toBatch {
            try moveToBatch(input, sizes, edges, context)
        } else {
            try moveToSpace(input, sizes, edges, context)
        }
    }

    private func check(_ shape: TensorShape, _ sizes: [Int], _ context: borrowing KernelContext) throws(Status) {
        let marginsShape = context.input(blocks == nil ? 1 : 2).shape
        if blocks != nil, context.input(1).shape.rank != 1 {
            throw .invalidArgument("block_shape rank should be 1 instead of \(context.input(1).shape.rank)")
        }
        guard shape.rank >= 1 + sizes.count else {
            throw .invalidArgument("input rank should be >= \(1 + sizes.count) instead of \(shape.rank)")
        }
        guard marginsShape == [sizes.count, 2] else {
            throw .invalidArgument(
                "\(toBatch ? "paddings" : "crops") should have shape [\(sizes.count), 2] instead of \(marginsShape)")
        }
        for size in sizes where size < 1 {
            throw .invalidArgument("All values in block_shape must be positive, got value, \(size)")
        }
        var product = 1
        for size in sizes {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard !overflow else { throw .invalidArgument("the product of block_shape overflows") }
            product = next
        }
        for margin in margins.read(context) where margin < 0 {
            throw .invalidArgument("\(toBatch ? "Paddings" : "Crops") must be non-negative")
        }
    }

    private func moveToBatch(
        _ input: Tensor, _ sizes: [Int], _ edges: [Int], _ context: borrowing KernelContext
    ) throws(Status) {
        var padded = input.shape.dimensions
        var result = padded
        for (index, size) in sizes.enumerated() {
            let (first, overflow) = padded[index + 1].addingReportingOverflow(edges[2 * index])
            let (sum, overflow2) = first.addingReportingOverflow(edges[2 * index + 1])
            guard !overflow, !overflow2, sum % size == 0 else {
                throw .invalidArgument(
                    "padded_shape[\(index)]=\(sum) is not divisible by block_shape[\(index)]=\(size)")
            }
            padded[index + 1] = sum
            result[index + 1] = sum / size
            let (batch, overflow3) = result[0].multipliedReportingOverflow(by: size)
            guard !overflow3 else { throw .invalidArgument("the batch of blocks is too large") }
            result[0] = batch
        }
        let paddedShape = try TensorShape.checked(padded)
        let output = try context.allocateOutput(0, input.dataType, try .checked(result))
        guard output.elementCount > 0 else { return }
        let elementSize = input.dataType.byteCount
        let whole: Tensor
        if paddedShape == input.shape {
            whole = input
        } else {
            whole = try context.allocateTemporary(input.dataType, paddedShape)
            memset(whole.mutableBytes, 0, whole.byteCount)
            let targets = paddedShape.strides
            let offset = sizes.indices.reduce(0) { $0 + edges[2 * $1] * targets[$1 + 1] }
            copyDimensions(input.shape, from: input.shape.strides, to: targets).run(
                from: input.buffer.base, to: whole.mutableBytes + offset * elementSize, elementSize: elementSize,
                context)
        }
        blockCopy(space: paddedShape, batch: output.shape, sizes, toBatch: true).run(
            from: whole.buffer.base, to: output.mutableBytes, elementSize: elementSize, context)
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }

    private func moveToSpace(
        _ input: Tensor, _ sizes: [Int], _ edges: [Int], _ context: borrowing KernelContext
    ) throws(Status) {
        let product = sizes.reduce(1, *)
        guard input.shape[0] % product == 0 else {
            throw .invalidArgument(
                "Input batch dimension (\(input.shape[0])) is not divisible by product of block sizes (\(product))")
        }
        var whole = input.shape.dimensions
        whole[0] /= product
        var result = whole
        for (index, size) in sizes.enumerated() {
            let (extent, overflow) = whole[index + 1].multipliedReportingOverflow(by: size)
            let (crops, overflow2) = edges[2 * index].addingReportingOverflow(edges[2 * index + 1])
            guard !overflow, !overflow2, crops <= extent else {
                throw .invalidArgument("cropped_shape[\(index)]=\(extent &- crops) must be non-negative")
            }
            whole[index + 1] = extent
            result[index + 1] = extent - crops
        }
        let wholeShape = try TensorShape.checked(whole)
        let output = try context.allocateOutput(0, input.dataType, try .checked(result))
        guard output.elementCount > 0 else { return }
        let elementSize = input.dataType.byteCount
        let isCropped = wholeShape != output.shape
        let target = isCropped ? try context.allocateTemporary(input.dataType, wholeShape) : output
        blockCopy(space: wholeShape, batch: input.shape, sizes, toBatch: false).run(
            from: input.buffer.base, to: target.mutableBytes, elementSize: elementSize, context)
        if isCropped {
            let sources = wholeShape.strides
            let offset = sizes.indices.reduce(0) { $0 + edges[2 * $1] * sources[$1 + 1] }
            copyDimensions(output.shape, from: sources, to: output.shape.strides).run(
                from: target.buffer.base + offset * elementSize, to: output.mutableBytes, elementSize: elementSize,
                context)
        }
        if input.dataType.isReference { output.buffer.attachContents(of: input.buffer) }
    }

    private func copyDimensions(_ shape: TensorShape, from sources: [Int], to targets: [Int]) -> StridedCopy {
        var copy = StridedCopy()
        for index in 0..<shape.rank { copy.append(shape[index], source: sources[index], target: targets[index]) }
        return copy
    }

    /// The copy between a tensor with blocks in space and one with the same blocks in the batch.
    private func blockCopy(space: TensorShape, batch: TensorShape, _ sizes: [Int], toBatch: Bool) -> StridedCopy {
        let s = space.strides
        let b = batch.strides
        var copy = StridedCopy()
        func append(_ size: Int, space: Int, batch: Int) {
            copy.append(size, source: toBatch ? space : batch, target: toBatch ? batch : space)
        }
        append(space[0], space: s[0], batch: b[0])
        var blockStride = batch[0] * b[0]
        for (index, size) in sizes.enumerated() {
            blockStride /= size
            append(batch[index + 1], space: s[index + 1] * size, batch: b[index + 1])
            append(size, space: s[index + 1], batch: blockStride)
        }
        for index in (sizes.count + 1)..<space.rank { append(space[index], space: s[index], batch: b[index]) }
        return copy
    }
}
