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

/// Where the rows of each head of a tensor stand.
private struct HeadLayout {
    var batch = 1
    var heads = 1
    var rows = 1
    var depth = 1
    /// Elements from one to the next.
    var steps = (batch: 0, heads: 0, rows: 0, depth: 0)

    /// - Parameter axes: the letters of the dimensions of `shape`. Throws INVALID_ARGUMENT if there are not as many.
    init(_ shape: TensorShape, _ axes: [UInt8]) throws(Status) {
        guard shape.rank == axes.count else {
            throw .invalidArgument("attention expects \(axes.count) dimensions, not \(shape)")
        }
        var step = 1
        for index in axes.indices.reversed() {
            switch axes[index] {
            case UInt8(ascii: "b"): (batch, steps.batch) = (shape[index], step)
            case UInt8(ascii: "n"): (heads, steps.heads) = (shape[index], step)
            case UInt8(ascii: "t"): (rows, steps.rows) = (shape[index], step)
            default: (depth, steps.depth) = (shape[index], step)
            }
            step &*= shape[index]
        }
    }

    /// The shape of a tensor of as many batches, heads and rows whose dimensions are named by `axes`.
    func shape(_ axes: [UInt8], depth: Int) throws(Status) -> TensorShape {
        try TensorShape.checked(
            axes.map { axis in
                switch axis {
                case UInt8(ascii: "b"): batch
                case UInt8(ascii: "n"): heads
                case UInt8(ascii: "t"): rows
                default: depth
                }
            })
    }

    func offset(batch: Int, head: Int, row: Int) -> Int {
        batch &* steps.batch &+ head &* steps.heads &+ row &* steps.rows
    }
}

/// How a mask is broadcast over the scores.
private struct MaskLayout {
    let elements: UnsafePointer<Float>
    private(set) var steps = (batch: 0, heads: 0, rows: 0)

    /// - Parameter rank: of the scores, 3 without heads or 4. Throws INVALID_ARGUMENT if the mask has no row of its own for the
    ///   keys or does not fit the scores.
    init(_ mask: Tensor, _ query: HeadLayout, _ keys: HeadLayout, rank: Int) throws(Status) {
        elements = UnsafePointer(mask.pointer(Float.self))
        let shape = mask.shape
        let sizes = rank == 4 ? [query.batch, query.heads, query.rows] : [query.batch, query.rows]
        guard shape.rank >= 1, shape.rank <= rank, shape[shape.rank - 1] == keys.rows else {
            throw .invalidArgument("a mask of shape \(shape) does not fit \(keys.rows) keys")
        }
        var found = [0, 0, 0]
        var step = keys.rows
        for index in stride(from: shape.rank - 2, through: 0, by: -1) {
            let place = sizes.count - (shape.rank - 1) + index
            guard shape[index] == sizes[place] || shape[index] == 1 else {
                throw .invalidArgument("a mask of shape \(shape) does not fit the scores")
            }
            // Without heads, the batch is the first and the rows are the last of three.
            if shape[index] != 1 { found[rank == 4 || place == 0 ? place : 2] = step }
            step &*= shape[index]
        }
        steps = (found[0], found[1], found[2])
    }

    func rows(batch: Int, head: Int, row: Int) -> UnsafePointer<Float> {
        elements + (batch &* steps.batch &+ head &* steps.heads &+ row &* steps.rows)
    }
}

/// One call, cut into tiles: some queries of one head each.
private struct AttentionJob {
    struct Operands {
        let query: UnsafePointer<Float>
        let keys: UnsafePointer<Float>
        let values: UnsafePointer<Float>
        let result: UnsafeMutablePointer<Float>
    }

    private let query: HeadLayout
    private let keys: HeadLayout
    private let values: HeadLayout
    private let result: HeadLayout
    private let mask: MaskLayout?
    private let scale: Float
    /// Queries of a tile, and of those the ones whose scores are in the cache at a time.
    private let tileRows: Int
    private let blockRows: Int
    private let tilesPerHead: Int
    /// Elements that a lane needs.
    let memory: (keys: Int, values: Int, total: Int)

    /// Scores of a block, in bytes.
    private static let blockBytes = 64 << 10

    init(
        query: HeadLayout, keys: HeadLayout, values: HeadLayout, result: HeadLayout, mask: MaskLayout?, scale: Float,
        threads: Int
    ) {
        (self.query, self.keys, self.values, self.result) = (query, keys, values, result)
        self.mask = mask
        self.scale = scale
        let kernels = AttentionKernels.current
        let width = kernels.panelWidth
        let columns = (keys.rows + width - 1) / width * width
        let height = kernels.tileRows
        let heads = query.batch * query.heads
        let wanted = min((2 * threads + heads - 1) / heads, (query.rows + 4 * height - 1) / (4 * height))
        tileRows = (query.rows + wanted - 1) / wanted
        tilesPerHead = (query.rows + tileRows - 1) / tileRows
        let scoreBytes = columns.multipliedReportingOverflow(by: MemoryLayout<Float>.stride).partialValue
        blockRows = min(max(AttentionJob.blockBytes / max(scoreBytes, 1) / height, 1) * height, tileRows)
        let keyElements = columns * keys.depth
        let valueElements = keys.rows * ((values.depth + width - 1) / width * width)
        memory = (keyElements, valueElements, keyElements + valueElements + blockRows * columns)
    }

    var tileCount: Int { query.batch * query.heads * tilesPerHead }

    /// In nanoseconds, roughly.
    var tileCost: Double { Double(tileRows) * Double(keys.rows) * (Double(query.depth + values.depth) * 0.01 + 0.5) }

    func run(_ tile: Int, _ operands: Operands, _ memory: UnsafeMutablePointer<Float>) {
        let (index, part) = tile.quotientAndRemainder(dividingBy: tilesPerHead)
        let (batch, head) = index.quotientAndRemainder(dividingBy: query.heads)
        let kernels = AttentionKernels.current
        let packedKeys = memory
        let packedValues = memory + self.memory.keys
        let key = operands.keys + keys.offset(batch: batch, head: head, row: 0)
        if keys.steps.depth == 1 {
            kernels.packKeys(key, keys.steps.rows, keys.rows, keys.depth, packedKeys)
        } else {
            kernels.packValues(key, keys.steps.depth, keys.depth, keys.rows, packedKeys)
        }
        kernels.packValues(
            operands.values + values.offset(batch: batch, head: head, row: 0), values.steps.rows, values.rows,
            values.depth, packedValues)
        let end = min((part + 1) * tileRows, query.rows)
        var tap = 0
        withUnsafePointer(to: &tap) { taps in
            for row in stride(from: part * tileRows, to: end, by: blockRows) {
                var call = AttentionCall(
                    query: operands.query + query.offset(batch: batch, head: head, row: row),
                    queryStride: query.steps.rows, queryCount: min(blockRows, end - row), depth: query.depth,
                    taps: taps, keys: packedKeys, keyCount: keys.rows, values: packedValues, valueDepth: values.depth,
                    scale: scale, scores: packedValues + self.memory.values,
                    target: operands.result + result.offset(batch: batch, head: head, row: row),
                    targetStride: result.steps.rows)
                if let mask {
                    call.mask = mask.rows(batch: batch, head: head, row: row)
                    call.maskStride = mask.steps.rows
                }
                kernels.run(call)
            }
        }
    }
}
