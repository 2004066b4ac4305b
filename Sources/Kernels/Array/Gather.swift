import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// `Gather`, `GatherV2` (slices of input 0 along an axis) and `GatherNd` (slices at index tuples).
let gatherOps: [OpDefinition] = [
    OpDefinition("Gather", infer: inferGather) { (construction) throws(Status) in
        try GatherKernel(construction, hasAxis: false)
    },
    OpDefinition("GatherV2", infer: inferGather) { (construction) throws(Status) in
        try GatherKernel(construction, hasAxis: true)
    },
    OpDefinition("GatherNd", infer: inferGatherNd) { (construction) throws(Status) in
        GatherNdKernel(try indexReader(construction, 1), node: construction.node.name)
    },
]

/// Element `index` of an index tensor.
typealias IndexReader = @Sendable (_ base: UnsafeRawPointer, _ index: Int) -> Int

/// What reads input `index`, a tensor of indices. Throws for types other than 16, 32 and 64-bit signed integers.
func indexReader(_ construction: KernelConstruction, _ index: Int) throws(Status) -> IndexReader {
    let type = try construction.input(index).dataType
    return switch type {
    case .int16: { base, index in Int(base.assumingMemoryBound(to: Int16.self)[index]) }
    case .int32: { base, index in Int(base.assumingMemoryBound(to: Int32.self)[index]) }
    case .int64: { base, index in Int(base.assumingMemoryBound(to: Int64.self)[index]) }
    default: throw construction.unsupported(type, "Tindices")
    }
}

/// The coordinates of element `index` of `shape`, separated by commas.
func coordinates(_ index: Int, _ shape: TensorShape) -> String {
    var rest = index
    var result: [String] = []
    for dimension in (0..<shape.rank).reversed() {
        result.append(String(rest % shape[dimension]))
        rest /= shape[dimension]
    }
    return result.reversed().joined(separator: ",")
}

// MARK: Gather

private func inferGather(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let params = try facts.input(0)
    var axis = 0
    if facts.node.op == "GatherV2" {
        guard let constant = try facts.constantIntegers(2), constant.count == 1 else {
            return [TensorFact(params.dataType)]
        }
        axis = constant[0]
    }
    guard let sizes = params.shape.dimensions, let indices = try facts.input(1).shape.dimensions,
        let place = normalizedAxis(axis, rank: sizes.count)
    else { return [TensorFact(params.dataType)] }
    var batch = try facts.attributes.int("batch_dims", default: 0)
    if batch < 0 { batch = batch &+ indices.count }
    guard batch >= 0, batch <= indices.count, batch <= place else { return [TensorFact(params.dataType)] }
    let result: [Int] = Array(sizes[..<place]) + Array(indices[batch...]) + Array(sizes[(place + 1)...])
    return [TensorFact(params.dataType, PartialShape(result))]
}

private final class GatherKernel: Kernel {
    private let read: IndexReader
    private let axis: IntegerInput?
    private let batchDimensions: Int

    init(_ construction: KernelConstruction, hasAxis: Bool) throws(Status) {
        read = try indexReader(construction, 1)
        axis = hasAxis ? try IntegerInput(construction, 2) : nil
        batchDimensions = hasAxis ? try construction.attributes.int("batch_dims", default: 0) : 0
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let params = context.input(0)
        let indices = context.input(1)
        guard params.shape.rank >= 1 else { throw .invalidArgument("params must be at least 1 dimensional") }
        var place = 0
        var batch = batchDimensions
        if let axis {
            guard context.input(2).shape.rank == 0 else { throw .invalidArgument("axis must be scalar") }
            let wanted = axis.read(context)[0]
            guard let index = normalizedAxis(wanted, rank: params.shape.rank) else {
                let least = wanted < 0 ? 0 &- wanted : wanted &+ 1
                throw .invalidArgument("Shape must be at least rank \(least) but is rank \(params.shape.rank)")
            }
            place = index
            batch = try checkedBatch(params.shape, indices.shape, place)
        }
        let outerShape = params.shape.dimensions
        var sizes: [Int] = Array(outerShape[..<place])
        sizes += indices.shape.dimensions[batch...]
        sizes += outerShape[(place + 1)...]
        let output = try context.allocateOutput(0, params.dataType, try .checked(sizes))
        try checkRange(indices, limit: params.shape[place])
        if output.elementCount > 0 { gather(params, indices, output, place, batch, context) }
        if params.dataType.isReference { output.buffer.attachContents(of: params.buffer) }
    }

    private func checkedBatch(_ params: TensorShape, _ indices: TensorShape, _ axis: Int) throws(Status) -> Int {
        guard batchDimensions >= -indices.rank, batchDimensions <= indices.rank else {
            throw .invalidArgument(
                "Expected batch_dims in the range [\(-indices.rank), \(indices.rank)], but got \(batchDimensions)")
        }
        let batch = batchDimensions < 0 ? batchDimensions + indices.rank : batchDimensions
        guard batch < params.rank else {
            throw .invalidArgument("batch_dims (\(batch)) must be less than rank(params) (\(params.rank)).")
        }
        guard axis >= batch else {
            throw .invalidArgument("batch_dims (\(batch)) must be less than or equal to axis (\(axis)).")
        }
        for index in 0..<batch where params[index] != indices[index] {
            throw .invalidArgument(
                "params.shape[\(index)]: \(params[index]) should be equal to indices.shape[\(index)]: \(indices[index])"
            )
        }
        return batch
    }

    private func checkRange(_ indices: Tensor, limit: Int) throws(Status) {
        let base = UnsafeRawPointer(indices.buffer.base)
        for position in 0..<indices.elementCount {
            let index = read(base, position)
            guard index >= 0 && index < limit else {
                throw .invalidArgument(
                    "indices[\(coordinates(position, indices.shape))] = \(index) is not in [0, \(limit))")
            }
        }
    }

    private func gather(
        _ params: Tensor, _ indices: Tensor, _ output: Tensor, _ axis: Int, _ batch: Int,
        _ context: borrowing KernelContext
    ) {
        let shape = params.shape
        let sliceBytes = shape.product((axis + 1)..<shape.rank) * params.dataType.byteCount
        let middle = shape.product(batch..<axis)
        let perBatch = indices.shape.product(batch..<indices.shape.rank)
        let rowBytes = shape[axis] * sliceBytes
        let source = UnsafeRawPointer(params.buffer.base)
        let target = output.mutableBytes
        let base = UnsafeRawPointer(indices.buffer.base)
        let read = read
        let count = shape.product(0..<axis) * perBatch
        context.parallelFor(count, cost: 4 + Double(sliceBytes) * 0.1) { range in
            for position in range {
                let row = position / perBatch
                let index = read(base, row / middle * perBatch + position % perBatch)
                let from = source + (row * rowBytes + index * sliceBytes)
                let to = target + position * sliceBytes
                switch sliceBytes {
                case 4: to.storeBytes(of: from.loadUnaligned(as: UInt32.self), as: UInt32.self)
                case 8: to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
                default: memcpy(to, from, sliceBytes)
                }
            }
        }
    }
}

// MARK: GatherNd

private func inferGatherNd(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let params = try facts.input(0)
    guard let sizes = params.shape.dimensions, let indices = try facts.input(1).shape.dimensions,
        let depth = indices.last,
        depth >= 0, depth <= sizes.count
    else { return [TensorFact(params.dataType)] }
    return [TensorFact(params.dataType, PartialShape(indices.dropLast() + sizes[depth...]))]
}

private final class GatherNdKernel: Kernel {
    private let read: IndexReader
    private let node: String

    init(_ read: @escaping IndexReader, node: String) {
        self.read = read
        self.node = node
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let params = context.input(0)
        let indices = context.input(1)
        guard params.shape.rank >= 1 else { throw .invalidArgument("params must be at least a vector") }
        guard indices.shape.rank >= 1 else { throw .invalidArgument("indices must be at least a vector") }
        let depth = indices.shape[indices.shape.rank - 1]
        guard depth <= params.shape.rank else {
            throw .invalidArgument(
                "index innermost dimension length must be <= params rank; saw: \(depth) vs. \(params.shape.rank)")
        }
        let sizes = indices.shape.dimensions.dropLast() + params.shape.dimensions[depth...]
        let output = try context.allocateOutput(0, params.dataType, try .checked(Array(sizes)))
        guard output.elementCount > 0 else { return }
        let tuples = indices.shape.product(0..<(indices.shape.rank - 1))
        guard params.elementCount > 0 else {
            throw .invalidArgument("Requested more than 0 entries, but params is empty.  Params shape: \(params.shape)")
        }
        try copySlices(params, indices, output, depth: depth, tuples: tuples)
        if params.dataType.isReference { output.buffer.attachContents(of: params.buffer) }
    }

    private func copySlices(_ params: Tensor, _ indices: Tensor, _ output: Tensor, depth: Int, tuples: Int)
        throws(Status)
    {
        let shape = params.shape
        let sliceBytes = shape.product(depth..<shape.rank) * params.dataType.byteCount
        let base = UnsafeRawPointer(indices.buffer.base)
        for tuple in 0..<tuples {
            var row = 0
            for dimension in 0..<depth {
                let index = read(base, tuple * depth + dimension)
                guard index >= 0 && index < shape[dimension] else {
                    let place = coordinates(tuple, TensorShape(indices.shape.dimensions.dropLast()))
                    let list = (0..<depth).map { String(read(base, tuple * depth + $0)) }.joined(separator: ", ")
                    throw .invalidArgument(
                        "indices[\(place)] = [\(list)] does not index into param shape \(shape), node name: \(node)")
                }
                row = row * shape[dimension] + index
            }
            memcpy(output.mutableBytes + tuple * sliceBytes, params.buffer.base + row * sliceBytes, sliceBytes)
        }
    }
}
