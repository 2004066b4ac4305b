import MicrokernelTypes

/// Results that stand next to each other in a block of `rows` rows and `columns` columns, each a sum along lines of memory.
private struct LineTile<Kind: Weights, let columns: Int> {
    /// Computes a row from the column on whose weights begin at `b`.
    @inline(__always)
    static func run(_ call: borrowing ProductCall, row: Int, column: Int, _ b: UnsafePointer<Kind.Element>) {
        var sums = InlineArray<columns, Lanes>(repeating: .zero)
        let depth = call.tapDepth
        let a = call.a + row &* call.rowStride + call.taps[0]
        let width = Lanes.scalarCount
        let whole = depth & ~(width &- 1)
        var index = 0
        if whole > 0 {
            repeat {
                let values = Lanes(loading: a + index)
                var place = 0
                while place < columns {
                    let weights = Kind.lanes(b + (place &* depth &+ index))
                    sums[unchecked: place] = sums[unchecked: place].plus(values, times: weights)
                    place &+= 1
                }
                index &+= width
            } while index < whole
        }
        var place = 0
        while place < columns {
            var sum = sumOfLanes(sums[unchecked: place])
            var index = whole
            while index < depth {
                sum += a[index] * Kind.number(b[place &* depth &+ index])
                index &+= 1
            }
            finish(call, row, column &+ place, sum)
            place &+= 1
        }
    }

    @inline(__always)
    private static func finish(_ call: borrowing ProductCall, _ row: Int, _ column: Int, _ sum: Float) {
        var sum = sum
        if Kind.areScaled, let scales = call.scales { sum *= scales[column] }
        let offset = row &* call.resultStride &+ column
        if let bias = call.bias { sum += bias[column] }
        if let residual = call.residual { sum += residual[offset] }
        if sum < call.low { sum = call.low }
        if sum > call.high { sum = call.high }
        call.c[offset] = sum
    }
}

/// The weights are lines of memory, one for each column.
func productOfLines<Kind: Weights>(_ kind: Kind.Type, _ call: borrowing ProductCall) {
    let lines = call.b.assumingMemoryBound(to: Kind.Element.self)
    let depth = call.tapDepth
    var row = 0
    while row < call.rowCount {
        var column = 0
        while call.columnCount &- column >= 4 {
            LineTile<Kind, 4>.run(call, row: row, column: column, lines + column &* depth)
            column &+= 4
        }
        let b = lines + column &* depth
        switch call.columnCount &- column {
        case 1: LineTile<Kind, 1>.run(call, row: row, column: column, b)
        case 2: LineTile<Kind, 2>.run(call, row: row, column: column, b)
        case 3: LineTile<Kind, 3>.run(call, row: row, column: column, b)
        default: break
        }
        row &+= 1
    }
}
