import Tensors

/// How a reduction walks its input: dimensions of the same fate that are neighbours are merged.
///
/// Either the innermost dimension is reduced, then each output element is made from runs of `run` neighbouring elements; or
/// it is kept, then `columns` neighbouring output elements are made from rows that lie `columns` elements or more apart.
struct ReductionPlan {
    /// The elements of one innermost dimension if it is reduced; else 1.
    private(set) var run = 1
    /// The elements of the innermost dimension if it is kept; else 1.
    private(set) var columns = 1
    /// The other kept dimensions, and the other reduced ones.
    private var kept = Walk()
    private var reduced = Walk()
    private(set) var reducesInnermost = true
    /// As many columns as are reduced at a time, but for the last.
    private(set) var blockColumns = reductionColumns

    /// Nested loops over some of the input's dimensions.
    struct Walk {
        private var rank = 0
        private var sizes = InlineArray<12, Int>(repeating: 1)
        private var strides = InlineArray<12, Int>(repeating: 0)
        private(set) var count = 1

        /// Elements from one position to the next; nil if there is no such number.
        var stride: Int? { rank < 2 ? strides[0] : nil }

        mutating func append(_ size: Int, stride: Int) {
            sizes[rank] = size
            strides[rank] = stride
            rank += 1
            count *= size
        }

        /// The offset of position `index` in elements of the input.
        @inline(__always) func offset(_ index: Int) -> Int {
            var rest = index
            var result = 0
            var dimension = rank - 1
            while dimension > 0 {
                result += (rest % sizes[dimension]) * strides[dimension]
                rest /= sizes[dimension]
                dimension -= 1
            }
            return rank > 0 ? result + rest * strides[0] : 0
        }
    }

    init(_ shape: TensorShape, reduces: (Int) -> Bool) {
        var sizes: [Int] = []
        var fates: [Bool] = []
        for index in 0..<shape.rank where shape[index] != 1 {
            let fate = reduces(index)
            if fates.last == fate {
                sizes[sizes.count - 1] *= shape[index]
            } else {
                sizes.append(shape[index])
                fates.append(fate)
            }
        }
        var strides = sizes
        var stride = 1
        for index in sizes.indices.reversed() {
            strides[index] = stride
            stride *= sizes[index]
        }
        if let last = sizes.last {
            reducesInnermost = fates[sizes.count - 1]
            if reducesInnermost { run = last } else { columns = last }
        }
        for index in sizes.indices.dropLast() {
            if fates[index] {
                reduced.append(sizes[index], stride: strides[index])
            } else {
                kept.append(sizes[index], stride: strides[index])
            }
        }
    }

    /// How many groups of `columns` output elements there are.
    var outerCount: Int { kept.count }
    /// How many runs or rows make one output element.
    var innerCount: Int { reduced.count }
    /// How many elements make one output element.
    var elementCount: Int { reduced.count * run }

    /// Elements from one group of output elements to the next, and from one run or row to the next; nil if they differ.
    var outerStride: Int? { kept.stride }
    var innerStride: Int? { reduced.stride }
    /// How many blocks the columns make, of which the last is longer if they are no multiple.
    var blocks: Int { max(columns / blockColumns, 1) }

    /// The columns of block `block`.
    @inline(__always) func columns(of block: Int) -> Range<Int> {
        block * blockColumns..<(block == blocks - 1 ? columns : (block + 1) * blockColumns)
    }

    /// Makes blocks of columns smaller if there are too few for `threads`.
    mutating func split(over threads: Int) {
        let wanted = (threads - 1) / max(outerCount, 1) + 1
        let narrow = ((columns - 1) / wanted / 16 + 1) * 16
        blockColumns = min(blockColumns, narrow)
    }

    @inline(__always) func outerOffset(_ index: Int) -> Int { kept.offset(index) }
    @inline(__always) func innerOffset(_ index: Int) -> Int { reduced.offset(index) }
}

/// Reduces the output groups `groups` (see `ReductionPlan`), or for kept innermost dimensions the blocks `groups` of
/// `blockColumns` columns.
typealias ReductionLoop =
    @Sendable (
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ plan: ReductionPlan, _ groups: Range<Int>
    ) -> Void

/// Columns are reduced in blocks of so many, or up to twice as many; their totals stay in the cache.
private let reductionColumns = 256

func reductionLoop<R: Reducer>(_: R.Type) -> ReductionLoop {
    { source, target, plan, groups in
        let x = source.assumingMemoryBound(to: R.Element.self)
        let y = target.assumingMemoryBound(to: R.Element.self)
        if plan.reducesInnermost {
            reduceRuns(R.self, x, y, plan, groups)
        } else {
            reduceColumns(R.self, x, y, plan, groups)
        }
    }
}

private func reduceRuns<R: Reducer>(
    _: R.Type, _ x: UnsafePointer<R.Element>, _ y: UnsafeMutablePointer<R.Element>, _ plan: ReductionPlan,
    _ groups: Range<Int>
) {
    for group in groups {
        let base = x + plan.outerOffset(group)
        var total = R.start
        for inner in 0..<plan.innerCount {
            total = R.combine(total, reduceRun(R.self, base + plan.innerOffset(inner), plan.run))
        }
        y[group] = R.finish(total, plan.elementCount)
    }
}

/// Eight totals side by side, which the compiler turns into vectors; long runs are halved, so that rounding errors stay
/// small.
func reduceRun<R: Reducer>(_: R.Type, _ x: UnsafePointer<R.Element>, _ count: Int) -> R.Total {
    if count > 1024 {
        let half = (count / 2) & ~7
        return R.combine(reduceRun(R.self, x, half), reduceRun(R.self, x + half, count - half))
    }
    var index = 0
    var result = R.start
    if count >= 8 {
        var (a, b, c, d) = (R.start, R.start, R.start, R.start)
        var (e, f, g, h) = (R.start, R.start, R.start, R.start)
        while index <= count - 8 {
            let p = x + index
            a = R.combine(a, R.total(p[0]))
            b = R.combine(b, R.total(p[1]))
            c = R.combine(c, R.total(p[2]))
            d = R.combine(d, R.total(p[3]))
            e = R.combine(e, R.total(p[4]))
            f = R.combine(f, R.total(p[5]))
            g = R.combine(g, R.total(p[6]))
            h = R.combine(h, R.total(p[7]))
            index += 8
        }
        let low = R.combine(R.combine(a, b), R.combine(c, d))
        result = R.combine(low, R.combine(R.combine(e, f), R.combine(g, h)))
    }
    while index < count {
        result = R.combine(result, R.total(x[index]))
        index += 1
    }
    return result
}

/// Adds up rows; after 64 of them the totals are put aside, so that rounding errors stay small.
private func reduceColumns<R: Reducer>(
    _: R.Type, _ x: UnsafePointer<R.Element>, _ y: UnsafeMutablePointer<R.Element>, _ plan: ReductionPlan,
    _ blocks: Range<Int>
) {
    let blocksPerGroup = plan.blocks
    withUnsafeTemporaryAllocation(of: R.Total.self, capacity: 4 * reductionColumns) { memory in
        let totals = memory.baseAddress!
        let part = totals + 2 * reductionColumns
        for block in blocks {
            let group = block / blocksPerGroup
            let columns = plan.columns(of: block % blocksPerGroup)
            let (first, width) = (columns.lowerBound, columns.count)
            let base = x + (plan.outerOffset(group) + first)
            totals.initialize(repeating: R.start, count: width)
            var row = 0
            while row < plan.innerCount {
                let end = min(row + 64, plan.innerCount)
                part.initialize(repeating: R.start, count: width)
                while row < end {
                    let p = base + plan.innerOffset(row)
                    for column in 0..<width { part[column] = R.combine(part[column], R.total(p[column])) }
                    row += 1
                }
                for column in 0..<width { totals[column] = R.combine(totals[column], part[column]) }
            }
            let target = y + (group * plan.columns + first)
            for column in 0..<width { target[column] = R.finish(totals[column], plan.innerCount) }
        }
    }
}
