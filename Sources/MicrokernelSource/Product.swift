import MicrokernelTypes

/// A block of the result that is kept in registers: `rows` rows of one panel, which is two vectors wide.
struct ProductTile<let rows: Int> {
    typealias Sums = InlineArray<rows, Lanes>

    /// Computes rows from `row` on in the columns from `column` on; `b` is the panel of these columns.
    @inline(__always)
    static func run(_ call: borrowing ProductCall, row: Int, column: Int, _ b: UnsafePointer<Float>) {
        var left = Sums(repeating: .zero)
        var right = Sums(repeating: .zero)
        let width = Lanes.scalarCount
        let stride = call.rowStride
        let start = call.a + row &* stride
        let depth = call.tapDepth
        let taps = call.tapCount
        var b = b
        var tap = 0
        repeat {
            let a = start + call.taps[tap]
            var index = 0
            repeat {
                let first = Lanes(loading: b)
                let second = Lanes(loading: b + width)
                var row = 0
                while row < rows {
                    let element = Lanes(repeating: a[row &* stride &+ index])
                    left[unchecked: row] = left[unchecked: row].plus(first, times: element)
                    right[unchecked: row] = right[unchecked: row].plus(second, times: element)
                    row &+= 1
                }
                b += 2 &* width
                index &+= 1
            } while index < depth
            tap &+= 1
        } while tap < taps
        finish(call, row, column, &left)
        finish(call, row, column &+ width, &right)
    }

    /// Adds bias and residual to the sums of the columns from `column` on, limits and stores them.
    @inline(__always)
    private static func finish(_ call: borrowing ProductCall, _ row: Int, _ column: Int, _ sums: inout Sums) {
        let present = call.columnCount &- column
        guard present > 0 else { return }
        let isWhole = present >= Lanes.scalarCount
        let low = Lanes(repeating: call.low)
        let high = Lanes(repeating: call.high)
        let bias = call.bias.map { load($0 + column, isWhole, present) } ?? .zero
        var index = 0
        while index < rows {
            let offset = (row &+ index) &* call.resultStride &+ column
            var sum = sums[unchecked: index] + bias
            if let residual = call.residual { sum += load(residual + offset, isWhole, present) }
            sum = sum.replacing(with: low, where: sum .< low)
            sum = sum.replacing(with: high, where: sum .> high)
            isWhole ? sum.store(to: call.c + offset) : store(sum, call.c + offset, present)
            index &+= 1
        }
    }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>, _ isWhole: Bool, _ present: Int) -> Lanes {
        if isWhole { return Lanes(loading: pointer) }
        var lanes = Lanes.zero
        for lane in 0..<present { lanes[lane] = pointer[lane] }
        return lanes
    }

    @inline(__always)
    private static func store(_ lanes: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ present: Int) {
        for lane in 0..<present { pointer[lane] = lanes[lane] }
    }
}

/// Rows of `a` that are multiplied with all panels before the next ones, in bytes: they stay in the second cache.
private let blockBytes = 256 << 10

func product(_ call: borrowing ProductCall) {
    let rowBytes = max(call.tapCount &* call.tapDepth &* 4, 1)
    let block = max(blockBytes / rowBytes / tileRows, 1) &* tileRows
    var row = 0
    while row < call.rowCount {
        let end = min(row &+ block, call.rowCount)
        productBlock(call, row, end)
        row = end
    }
}

private func productBlock(_ call: borrowing ProductCall, _ from: Int, _ end: Int) {
    let width = 2 &* Lanes.scalarCount
    let depth = call.tapCount &* call.tapDepth
    var b = call.b
    var column = 0
    while column < call.columnCount {
        var row = from
        while end &- row >= tileRows {
            wholeTile(call, row, column, b)
            row &+= tileRows
        }
        if row < end { partTile(call, row, end &- row, column, b) }
        b += depth &* width
        column &+= width
    }
}

#if LEVEL_AVX512
    @inline(never)
    private func wholeTile(_ call: borrowing ProductCall, _ row: Int, _ column: Int, _ b: UnsafePointer<Float>) {
        ProductTile<14>.run(call, row: row, column: column, b)
    }

    private func partTile(
        _ call: borrowing ProductCall, _ row: Int, _ count: Int, _ column: Int, _ b: UnsafePointer<Float>
    ) {
        switch count {
        case 1: ProductTile<1>.run(call, row: row, column: column, b)
        case 2: ProductTile<2>.run(call, row: row, column: column, b)
        case 3: ProductTile<3>.run(call, row: row, column: column, b)
        case 4: ProductTile<4>.run(call, row: row, column: column, b)
        case 5: ProductTile<5>.run(call, row: row, column: column, b)
        case 6: ProductTile<6>.run(call, row: row, column: column, b)
        case 7: ProductTile<7>.run(call, row: row, column: column, b)
        case 8: ProductTile<8>.run(call, row: row, column: column, b)
        case 9: ProductTile<9>.run(call, row: row, column: column, b)
        case 10: ProductTile<10>.run(call, row: row, column: column, b)
        case 11: ProductTile<11>.run(call, row: row, column: column, b)
        case 12: ProductTile<12>.run(call, row: row, column: column, b)
        default: ProductTile<13>.run(call, row: row, column: column, b)
        }
    }
#else
    @inline(never)
    private func wholeTile(_ call: borrowing ProductCall, _ row: Int, _ column: Int, _ b: UnsafePointer<Float>) {
        ProductTile<6>.run(call, row: row, column: column, b)
    }

    private func partTile(
        _ call: borrowing ProductCall, _ row: Int, _ count: Int, _ column: Int, _ b: UnsafePointer<Float>
    ) {
        switch count {
        case 1: ProductTile<1>.run(call, row: row, column: column, b)
        case 2: ProductTile<2>.run(call, row: row, column: column, b)
        case 3: ProductTile<3>.run(call, row: row, column: column, b)
        case 4: ProductTile<4>.run(call, row: row, column: column, b)
        default: ProductTile<5>.run(call, row: row, column: column, b)
        }
    }
#endif

/// The products of this level.
public func productKernels() -> ProductKernels {
    ProductKernels(panelWidth: 2 * Lanes.scalarCount, tileRows: tileRows) { product($0) }
}
