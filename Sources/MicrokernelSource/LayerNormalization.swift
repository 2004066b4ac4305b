import MicrokernelTypes

/// Adds up `function` of a vector of the row at a time, in four sums.
@inline(__always)
private func sum(_ row: UnsafePointer<Float>, _ count: Int, _ function: (Lanes) -> Lanes) -> Lanes {
    let width = Lanes.scalarCount
    var sum0 = Lanes.zero
    var sum1 = Lanes.zero
    var sum2 = Lanes.zero
    var sum3 = Lanes.zero
    var index = 0
    while index &+ 4 &* width <= count {
        sum0 += function(Lanes(loading: row + index))
        sum1 += function(Lanes(loading: row + index + width))
        sum2 += function(Lanes(loading: row + index + 2 &* width))
        sum3 += function(Lanes(loading: row + index + 3 &* width))
        index &+= 4 &* width
    }
    while index &+ width <= count {
        sum0 += function(Lanes(loading: row + index))
        index &+= width
    }
    return (sum0 + sum1) + (sum2 + sum3)
}

private func normalizeRow(
    _ call: borrowing LayerNormalizationCall, _ row: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
    let count = call.columnCount
    let width = Lanes.scalarCount
    let whole = count & ~(width &- 1)
    var mean: Float = 0
    if call.isCentered {
        var total = sum(row, count) { $0 }.sum()
        for index in whole..<count { total += row[index] }
        mean = total / Float(count)
    }
    let center = Lanes(repeating: mean)
    var squares = sum(row, count) { ($0 - center) * ($0 - center) }.sum()
    for index in whole..<count { squares += (row[index] - mean) * (row[index] - mean) }
    let factor = 1 / (squares / Float(count) + call.epsilon).squareRoot()
    let factors = Lanes(repeating: factor)
    var index = 0
    while index < whole {
        var value = (Lanes(loading: row + index) - center) * factors
        if let scale = call.scale { value *= Lanes(loading: scale + index) }
        if let offset = call.offset { value += Lanes(loading: offset + index) }
        value.store(to: target + index)
        index &+= width
    }
    while index < count {
        var value = (row[index] - mean) * factor
        if let scale = call.scale { value *= scale[index] }
        if let offset = call.offset { value += offset[index] }
        target[index] = value
        index &+= 1
    }
}

private func normalizeLayers(_ call: borrowing LayerNormalizationCall) {
    var row = 0
    while row < call.rowCount {
        normalizeRow(call, call.source + row &* call.columnCount, call.target + row &* call.columnCount)
        row &+= 1
    }
}

/// The normalisation of this level.
public func layerNormalizationKernels() -> LayerNormalizationKernels {
    LayerNormalizationKernels(run: { normalizeLayers($0) })
}
