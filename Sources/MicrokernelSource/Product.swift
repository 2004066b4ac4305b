import CPlatform
import MicrokernelTypes

/// A block of the result that is kept in registers: `rows` rows of one panel, which is one or two vectors wide.
///
/// Its arrays have room for the highest tile and are made by literals: a call that fills one would keep it in memory.
struct ProductTile<Kind: Weights, let rows: Int> {
    typealias Panel = UnsafePointer<Kind.Element>
    typealias Sums = TileArray<Lanes>
    typealias Rows = TileArray<UnsafePointer<Float>>

    /// Computes rows from `row` on in the columns of a panel, from `column` on, and asks for what comes next.
    @inline(never)
    static func run(
        _ call: borrowing ProductCall, row: Int, column: Int, _ panel: Panel, _ next: NextPanel
    ) {
        if call.columnCount &- column > Lanes.scalarCount {
            runWide(call, row: row, column: column, panel, next)
        } else {
            runNarrow(call, row: row, column: column, panel)
        }
    }

    @inline(__always)
    private static func runWide(
        _ call: borrowing ProductCall, row: Int, column: Int, _ panel: Panel, _ next: NextPanel
    ) {
        if next.awaitsResults { expectResults(call, row: row, column: column) }
        let a = starts(call, row)
        var left = filled(Lanes.zero)
        var right = filled(Lanes.zero)
        let width = Lanes.scalarCount
        let depth = call.tapDepth
        var b = panel
        var coming = next.place
        var tap = call.taps
        let lastTap = tap + call.tapCount
        repeat {
            var index = tap.pointee
            let end = index &+ depth
            repeat {
                cplatform_prefetch(coming)
                coming += next.step
                let first = Kind.lanes(b)
                let second = Kind.lanes(b + width)
                var row = 0
                while row < rows {
                    let element = Lanes(repeating: a[unchecked: row][index])
                    left[unchecked: row] = left[unchecked: row].plus(first, times: element)
                    right[unchecked: row] = right[unchecked: row].plus(second, times: element)
                    row &+= 1
                }
                b += 2 &* width
                index &+= 1
            } while index < end
            tap += 1
        } while tap < lastTap
        finish(call, row, column, &left)
        finish(call, row, column &+ width, &right)
    }

    @inline(__always)
    private static func runNarrow(_ call: borrowing ProductCall, row: Int, column: Int, _ panel: Panel) {
        let a = starts(call, row)
        var sums = filled(Lanes.zero)
        let depth = call.tapDepth
        var b = panel
        var tap = call.taps
        let lastTap = tap + call.tapCount
        repeat {
            var index = tap.pointee
            let end = index &+ depth
            repeat {
                let weights = Kind.lanes(b)
                var row = 0
                while row < rows {
                    let element = Lanes(repeating: a[unchecked: row][index])
                    sums[unchecked: row] = sums[unchecked: row].plus(weights, times: element)
                    row &+= 1
                }
                b += 2 &* Lanes.scalarCount
                index &+= 1
            } while index < end
            tap += 1
        } while tap < lastTap
        finish(call, row, column, &sums)
    }

    /// Asks for the results' cache lines, so that they are there when the sums are.
    @inline(__always)
    private static func expectResults(_ call: borrowing ProductCall, row: Int, column: Int) {
        var place = call.c + (row &* call.resultStride &+ column)
        var index = 0
        while index < rows {
            cplatform_prefetch_written(place)
            cplatform_prefetch_written(place + Lanes.scalarCount)
            place += call.resultStride
            index &+= 1
        }
    }

    @inline(__always)
    private static func starts(_ call: borrowing ProductCall, _ row: Int) -> Rows {
        let offsets = call.rowOffsets
        var result = filled(call.a)
        var index = 0
        while index < rows {
            let offset = if let offsets { offsets[row &+ index] } else { (row &+ index) &* call.rowStride }
            result[unchecked: index] = call.a + offset
            index &+= 1
        }
        return result
    }

    /// Adds bias and residual to the sums of the whole vector of columns from `column` on, limits and stores them.
    @inline(__always)
    static func finish(_ call: borrowing ProductCall, _ row: Int, _ column: Int, _ sums: inout Sums) {
        let low = Lanes(repeating: call.low)
        let high = Lanes(repeating: call.high)
        var bias = Lanes.zero
        if let biases = call.bias { bias = Lanes(loading: biases + column) }
        let scale = scales(of: Kind.self, call, column)
        let residual = call.residual
        let stride = call.resultStride
        var offset = row &* stride &+ column
        var index = 0
        while index < rows {
            var sum = scaled(Kind.self, sums[unchecked: index], scale) + bias
            if let residual { sum += Lanes(loading: residual + offset) }
            sum = sum.replacing(with: low, where: sum .< low)
            sum = sum.replacing(with: high, where: sum .> high)
            sum.store(to: call.c + offset)
            offset &+= stride
            index &+= 1
        }
    }
}

/// What a tile asks to be brought into the second cache: its part of the panel that is multiplied next. Panels come from far away, and
/// otherwise the first tile of each would wait for it.
struct NextPanel {
    var place: UnsafeRawPointer
    /// Bytes for each term of the sums.
    let step: Int
    /// Whether the sums are so long that it pays to ask for the cache lines of the results, too.
    let awaitsResults: Bool

    static func none(_ panel: UnsafeRawPointer) -> NextPanel {
        NextPanel(place: panel, step: 0, awaitsResults: false)
    }
}

#if LEVEL_AVX512
    typealias TileArray<Element> = InlineArray<14, Element>

    @inline(__always) private func filled<Element>(_ x: Element) -> TileArray<Element> {
        [x, x, x, x, x, x, x, x, x, x, x, x, x, x]
    }
#elseif LEVEL_AVX2
    typealias TileArray<Element> = InlineArray<5, Element>

    @inline(__always) private func filled<Element>(_ x: Element) -> TileArray<Element> { [x, x, x, x, x] }
#else
    typealias TileArray<Element> = InlineArray<4, Element>

    @inline(__always) private func filled<Element>(_ x: Element) -> TileArray<Element> { [x, x, x, x] }
#endif

/// Computes a tile whose panel ends with columns that the result does not have: in memory of its own.
@inline(never)
private func runEdge<Kind: Weights>(
    _ kind: Kind.Type, _ call: borrowing ProductCall, _ rows: Int, _ row: Int, _ column: Int,
    _ b: UnsafePointer<Kind.Element>
) {
    let present = call.columnCount &- column
    let width = present > Lanes.scalarCount ? 2 &* Lanes.scalarCount : Lanes.scalarCount
    var part = copy call
    let offset = row &* part.resultStride &+ column
    let target = part.c + offset
    let stride = part.resultStride
    /// The bias, then the rows, each a panel wide.
    var memory: InlineArray<30, Lanes> = [
        .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
        .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
        .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
    ]
    withUnsafeMutableBytes(of: &memory) { bytes in
        let bias = bytes.baseAddress!.assumingMemoryBound(to: Float.self)
        let result = bias + width
        if let values = part.bias { copyRows(1, present, from: values + column, 0, to: bias, 0) }
        if let residual = part.residual {
            copyRows(rows, present, from: residual + offset, stride, to: result, width)
            part.residual = UnsafePointer(result)
        }
        if let offsets = part.rowOffsets { part.rowOffsets = offsets + row } else { part.a += row &* part.rowStride }
        part.bias = UnsafePointer(bias)
        if let scales = part.scales { part.scales = scales + column }
        part.c = result
        part.resultStride = width
        part.columnCount = width
        runTile(kind, part, rows, 0, 0, b, .none(b))
        copyRows(rows, present, from: result, width, to: target, stride)
    }
}

private func copyRows(
    _ rows: Int, _ columns: Int, from source: UnsafePointer<Float>, _ sourceStride: Int,
    to target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
    for row in 0..<rows {
        for column in 0..<columns {
            target[row &* targetStride &+ column] = source[row &* sourceStride &+ column]
        }
    }
}

/// The sums of higher tiles would not stay in registers while narrow weights are widened.
private let narrowTileRows = 10

/// Bytes of `a` that are multiplied with all panels before the next ones: they stay in the second cache.
private let blockBytes = 256 << 10

func product<Kind: Weights>(_ kind: Kind.Type, _ call: borrowing ProductCall) {
    let depth = call.tapCount &* call.tapDepth
    let width = 2 &* Lanes.scalarCount
    let tiles = min((call.rowCount &+ tileRows &- 1) / tileRows, 4)
    let wanted = tiles &* tileRows &* depth &* MemoryLayout<Float>.stride / (blockBytes + blockBytes / 2) &+ 1
    // Long sums are computed in parts, so that a block is as high as it should be: pieces of rows, or parts of the only piece.
    let pieces = call.tapCount > 1 ? call.tapCount : call.tapDepth
    let parts = min(wanted, pieces)
    let stride = MemoryLayout<Kind.Element>.stride
    guard parts > 1 else { return productOfBlocks(kind, call, panelSize: depth &* width) }
    var part = copy call
    part.low = -.infinity
    part.high = .infinity
    part.bias = nil
    var done = 0
    for index in 0..<parts {
        let count = (pieces &- done &+ parts &- index &- 1) / (parts &- index)
        if call.tapCount > 1 {
            part.taps = call.taps + done
            part.tapCount = count
            part.b = call.b + done &* call.tapDepth &* width &* stride
        } else {
            part.a = call.a + done
            part.tapDepth = count
            part.b = call.b + done &* width &* stride
        }
        if index == parts &- 1 {
            (part.low, part.high, part.bias) = (call.low, call.high, call.bias)
        }
        productOfBlocks(kind, part, panelSize: depth &* width)
        part.residual = UnsafePointer(call.c)
        done &+= count
    }
}

/// Computes the product in blocks of rows. Panels begin `panelSize` elements apart.
private func productOfBlocks<Kind: Weights>(
    _ kind: Kind.Type, _ call: borrowing ProductCall, panelSize: Int
) {
    let rowBytes = call.tapCount &* call.tapDepth &* MemoryLayout<Float>.stride
    let block = max(blockBytes / rowBytes / tileRows, 4) &* tileRows
    var row = 0
    var left = (call.rowCount &+ block &- 1) / block
    while left > 0 {
        let count = (call.rowCount &- row &+ left &- 1) / left
        productBlock(kind, call, row, count, panelSize, isLast: left == 1)
        row &+= count
        left &-= 1
    }
}

/// Multiplies rows with all panels, in tiles that are about equally high: low ones are slow.
private func productBlock<Kind: Weights>(
    _ kind: Kind.Type, _ call: borrowing ProductCall, _ from: Int, _ count: Int, _ panelSize: Int, isLast: Bool
) {
    let width = 2 &* Lanes.scalarCount
    let depth = call.tapCount &* call.tapDepth
    let highest = Kind.areNarrow ? min(tileRows, narrowTileRows) : tileRows
    let limit = rowsCollide(call) ? min(highest, 8) : highest
    let tiles = (count &+ limit &- 1) / limit
    let height = count / tiles
    let higher = count &- height &* tiles
    let step = (width &* MemoryLayout<Kind.Element>.stride &+ tiles &- 1) / tiles
    let first = call.b.assumingMemoryBound(to: Kind.Element.self)
    var b = first
    var column = 0
    while column < call.columnCount {
        let present = min(call.columnCount &- column, width)
        let isWhole = present % Lanes.scalarCount == 0
        let isEnd = column &+ width >= call.columnCount
        let behind = UnsafeRawPointer(b + panelSize)
        let following = !isEnd ? behind : isLast ? call.following ?? behind : call.b
        var next = NextPanel(place: following, step: step, awaitsResults: depth >= 256)
        var row = from
        var tile = 0
        while tile < tiles {
            let rows = tile < higher ? height &+ 1 : height
            if isWhole {
                runTile(kind, call, rows, row, column, b, next)
            } else {
                runEdge(kind, call, rows, row, column, b)
            }
            next.place += step &* depth
            row &+= rows
            tile &+= 1
        }
        b += panelSize
        column &+= width
    }
}

/// True if the rows of a tile would push each other out of the first cache: lines that are a multiple of 4096 bytes apart share one
/// of its sets, which has room for eight or twelve.
private func rowsCollide(_ call: borrowing ProductCall) -> Bool {
    guard call.rowCount > 8 else { return false }
    let stride = if let offsets = call.rowOffsets { offsets[1] &- offsets[0] } else { call.rowStride }
    return stride & 1023 == 0
}

private func runTile<Kind: Weights>(
    _ kind: Kind.Type, _ call: borrowing ProductCall, _ rows: Int, _ row: Int, _ column: Int,
    _ b: UnsafePointer<Kind.Element>, _ next: NextPanel
) {
    switch rows {
    case 1: ProductTile<Kind, 1>.run(call, row: row, column: column, b, next)
    case 2: ProductTile<Kind, 2>.run(call, row: row, column: column, b, next)
    case 3: ProductTile<Kind, 3>.run(call, row: row, column: column, b, next)
    #if LEVEL_AVX512
        case 4: ProductTile<Kind, 4>.run(call, row: row, column: column, b, next)
        case 5: ProductTile<Kind, 5>.run(call, row: row, column: column, b, next)
        case 6: ProductTile<Kind, 6>.run(call, row: row, column: column, b, next)
        case 7: ProductTile<Kind, 7>.run(call, row: row, column: column, b, next)
        case 8: ProductTile<Kind, 8>.run(call, row: row, column: column, b, next)
        case 9: ProductTile<Kind, 9>.run(call, row: row, column: column, b, next)
        case 10: ProductTile<Kind, 10>.run(call, row: row, column: column, b, next)
        case 11: ProductTile<Kind, 11>.run(call, row: row, column: column, b, next)
        case 12: ProductTile<Kind, 12>.run(call, row: row, column: column, b, next)
        case 13: ProductTile<Kind, 13>.run(call, row: row, column: column, b, next)
        default: ProductTile<Kind, 14>.run(call, row: row, column: column, b, next)
    #elseif LEVEL_AVX2
        case 4: ProductTile<Kind, 4>.run(call, row: row, column: column, b, next)
        default: ProductTile<Kind, 5>.run(call, row: row, column: column, b, next)
    #else
        default: ProductTile<Kind, 4>.run(call, row: row, column: column, b, next)
    #endif
    }
}

/// The products of this level.
public func productKernels() -> ProductKernels {
    ProductKernels(panelWidth: 2 * Lanes.scalarCount, tileRows: tileRows) { call in
        switch call.precision {
        case .float: product(FloatWeights.self, call)
        case .bf16: product(BFloat16Weights.self, call)
        case .int8Weights: product(Int8Weights.self, call)
        }
    }
}
