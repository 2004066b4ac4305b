import MicrokernelTypes

private typealias Four = SIMD4<UInt32>

/// Lines of the source and of the target that are in the cache at a time; more would push each other out where their distance
/// is a power of two.
private let blockRows = 16
private let blockColumns = 8

func transpose(_ call: borrowing TransposeCall) {
    let wholeRows = call.rows & ~3
    let wholeColumns = call.columns & ~3
    var row = 0
    while row < wholeRows {
        let rowEnd = min(row &+ blockRows, wholeRows)
        var column = 0
        while column < wholeColumns {
            let columnEnd = min(column &+ blockColumns, wholeColumns)
            transposeBlock(call, row, rowEnd, column, columnEnd)
            column = columnEnd
        }
        row = rowEnd
    }
    transposeEdge(call, 0, wholeRows, wholeColumns, call.columns)
    transposeEdge(call, wholeRows, call.rows, 0, call.columns)
}

/// Whole groups of four rows and columns.
@inline(__always)
private func transposeBlock(
    _ call: borrowing TransposeCall, _ firstRow: Int, _ rowEnd: Int, _ firstColumn: Int, _ columnEnd: Int
) {
    var row = firstRow
    repeat {
        var column = firstColumn
        repeat {
            transposeFour(call, row, column)
            column &+= 4
        } while column < columnEnd
        row &+= 4
    } while row < rowEnd
}

/// Four rows of four columns.
@inline(__always)
private func transposeFour(_ call: borrowing TransposeCall, _ row: Int, _ column: Int) {
    let stride = call.sourceStride
    let source = UnsafeRawPointer(call.source + (column &* stride &+ row))
    let a = source.loadUnaligned(as: Four.self)
    let b = (source + 4 &* stride).loadUnaligned(as: Four.self)
    let c = (source + 8 &* stride).loadUnaligned(as: Four.self)
    let d = (source + 12 &* stride).loadUnaligned(as: Four.self)
    let target = UnsafeMutableRawPointer(call.target + (row &* call.targetStride &+ column))
    let step = 4 &* call.targetStride
    target.storeBytes(of: Four(a[0], b[0], c[0], d[0]), as: Four.self)
    (target + step).storeBytes(of: Four(a[1], b[1], c[1], d[1]), as: Four.self)
    (target + 2 &* step).storeBytes(of: Four(a[2], b[2], c[2], d[2]), as: Four.self)
    (target + 3 &* step).storeBytes(of: Four(a[3], b[3], c[3], d[3]), as: Four.self)
}

/// Rows and columns that are no multiple of four.
private func transposeEdge(
    _ call: borrowing TransposeCall, _ firstRow: Int, _ rowEnd: Int, _ firstColumn: Int, _ columnEnd: Int
) {
    let stride = call.sourceStride
    var row = firstRow
    while row < rowEnd {
        let source = call.source + row
        let target = call.target + row &* call.targetStride
        var column = firstColumn
        while column < columnEnd {
            target[column] = source[column &* stride]
            column &+= 1
        }
        row &+= 1
    }
}
