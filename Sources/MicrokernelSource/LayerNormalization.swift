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

/// The factor that divides a row by its deviation.
@inline(__always)
private func reciprocalDeviation(_ squares: Float, _ count: Int, _ epsilon: Float) -> Float {
    1 / (squares / Float(count) + epsilon).squareRoot()
}

private func normalizeRow(
    _ row: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ epsilon: Float,
    isCentered: Bool, _ scale: UnsafePointer<Float>?, _ offset: UnsafePointer<Float>?
) {
    let width = Lanes.scalarCount
    let whole = count & ~(width &- 1)
    var mean: Float = 0
    if isCentered {
        var total = sumOfLanes(sum(row, count) { $0 })
        for index in whole..<count { total += row[index] }
        mean = total / Float(count)
    }
    let center = Lanes(repeating: mean)
    var squares = sumOfLanes(sum(row, count) { ($0 - center) * ($0 - center) })
    for index in whole..<count { squares += (row[index] - mean) * (row[index] - mean) }
    let factor = reciprocalDeviation(squares, count, epsilon)
    var index = 0
    while index < whole {
        var value = (Lanes(loading: row + index) - center) * factor
        if let scale { value *= Lanes(loading: scale + index) }
        if let offset { value += Lanes(loading: offset + index) }
        value.store(to: target + index)
        index &+= width
    }
    while index < count {
        var value = (row[index] - mean) * factor
        if let scale { value *= scale[index] }
        if let offset { value += offset[index] }
        target[index] = value
        index &+= 1
    }
}

private func normalizeLayers(_ call: borrowing LayerNormalizationCall) {
    let count = call.columnCount
    var source = call.source
    var target = call.target
    var rows = call.rowCount
    while rows > 0 {
        normalizeRow(
            source, target, count, call.epsilon, isCentered: call.isCentered, call.scale, call.offset)
        source += count
        target += count
        rows &-= 1
    }
}

/// The normalisation of this level.
public func layerNormalizationKernels() -> LayerNormalizationKernels {
    LayerNormalizationKernels(run: { normalizeLayers($0) })
}
