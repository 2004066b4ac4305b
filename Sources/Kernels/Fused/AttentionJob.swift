import MicrokernelTypes

/// One call of attention, cut into tiles: some queries of one head each.
struct AttentionJob {
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
