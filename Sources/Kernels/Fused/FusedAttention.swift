import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `FusedAttention`: `softmax(scale * query · keysᵀ + mask) · values` of `Float` elements, for each head. Inputs: query, keys,
/// values, and the mask if the attribute `mask` is true, which is broadcast to `[batch, heads, queries, keys]`.
///
/// The attributes `query_axes`, `key_axes`, `value_axes` and `result_axes` name the dimensions of the tensors: `b` batch, `n`
/// heads (or none), `t` rows, `d` elements of a row. No operand is broadcast.
let fusedAttentionOps: [OpDefinition] = [
    OpDefinition("FusedAttention", infer: inferAttention) { (construction) throws(Status) in
        try AttentionKernel(construction.attributes)
    }
]

private let inferAttention: OpDefinition.Inference = { (facts) throws(Status) in
    let query = Array(try facts.attributes.string("query_axes").utf8)
    let values = Array(try facts.attributes.string("value_axes").utf8)
    let (queryShape, valueShape) = (try facts.input(0).shape, try facts.input(2).shape)
    let sizes = try facts.attributes.string("result_axes").utf8.map { axis in
        let (axes, shape) = axis == UInt8(ascii: "d") ? (values, valueShape) : (query, queryShape)
        return axes.firstIndex(of: axis).flatMap { shape.size($0) } ?? -1
    }
    return [TensorFact(.float, PartialShape(sizes))]
}

private final class AttentionKernel: Kernel {
    private let axes: (query: [UInt8], keys: [UInt8], values: [UInt8], result: [UInt8])
    private let scale: Float
    private let hasMask: Bool

    init(_ attributes: Attributes) throws(Status) {
        axes = (
            Array(try attributes.string("query_axes").utf8), Array(try attributes.string("key_axes").utf8),
            Array(try attributes.string("value_axes").utf8), Array(try attributes.string("result_axes").utf8)
        )
        scale = try attributes.float("scale", default: 1)
        hasMask = try attributes.bool("mask", default: false)
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let query = try HeadLayout(context.input(0).shape, axes.query)
        let keys = try HeadLayout(context.input(1).shape, axes.keys)
        let values = try HeadLayout(context.input(2).shape, axes.values)
        try check(query, keys, values)
        let mask = hasMask ? try MaskLayout(context.input(3), query, keys, rank: axes.query.count) : nil
        let shape = try query.shape(axes.result, depth: values.depth)
        let output = try context.allocateOutput(0, .float, shape)
        let job = AttentionJob(
            query: query, keys: keys, values: values, result: try HeadLayout(shape, axes.result), mask: mask,
            scale: scale, threads: context.threadCount)
        let lanes = context.laneCount(tiles: job.tileCount, cost: job.tileCost)
        guard let size = TensorShape(validating: [lanes, job.memory.total]) else {
            throw .resourceExhausted("attention over \(keys.rows) keys needs too much memory")
        }
        let memory = try context.allocateTemporary(.float, size).pointer(Float.self)
        let operands = AttentionJob.Operands(
            query: context.input(0).pointer(Float.self), keys: context.input(1).pointer(Float.self),
            values: context.input(2).pointer(Float.self), result: output.pointer(Float.self))
        context.forEachTile(job.tileCount, lanes: lanes) { tile, lane in
            job.run(tile, operands, memory + lane * job.memory.total)
        }
    }

    /// Those of the two products.
    func operationCount(inputs: [ValueExtent], outputs: [ValueExtent]) -> Double? {
        guard inputs.count > 2, let query = try? HeadLayout(inputs[0].shape, axes.query),
            let keys = try? HeadLayout(inputs[1].shape, axes.keys),
            let values = try? HeadLayout(inputs[2].shape, axes.values)
        else { return nil }
        let scores = Double(query.batch) * Double(query.heads) * Double(query.rows) * Double(keys.rows)
        return 2 * scores * Double(query.depth + values.depth)
    }

    private func check(_ query: HeadLayout, _ keys: HeadLayout, _ values: HeadLayout) throws(Status) {
        for other in [keys, values] {
            guard other.batch == query.batch, other.heads == query.heads else {
                throw .invalidArgument("the batches and heads of query, keys and values differ")
            }
        }
        guard keys.rows == values.rows, keys.depth == query.depth else {
            throw .invalidArgument("the sizes of query, keys and values do not fit each other")
        }
        guard query.steps.depth == 1, values.steps.depth == 1, keys.steps.depth == 1 || keys.steps.rows == 1 else {
            throw .unimplemented("query and values of attention must be rows of memory")
        }
        guard min(query.batch, query.heads, query.rows, keys.rows, query.depth, values.depth) > 0 else {
            throw .invalidArgument("attention without elements")
        }
    }
}
