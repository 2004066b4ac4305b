import MicrokernelTypes

/// Writes the elements of `count` rows, at most one panel, side by side: row `r` becomes column `r`; other columns become 0.
private func packKeyPanel(
    _ keys: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ depth: Int, _ packed: UnsafeMutablePointer<Float>
) {
    let width = 2 &* Lanes.scalarCount
    let lanes = Lanes.scalarCount
    let squareColumns = count & ~(lanes &- 1)
    let squareRows = depth & ~(lanes &- 1)
    var key = 0
    while key < squareColumns {
        var index = 0
        while index < squareRows {
            packSquare(keys + key &* stride + index, stride, packed + index &* width + key, width)
            index &+= lanes
        }
        key &+= lanes
    }
    for index in 0..<depth {
        let line = packed + index &* width
        for key in (index < squareRows ? squareColumns : 0)..<count { line[key] = keys[key &* stride &+ index] }
        for key in count..<width { line[key] = 0 }
    }
}

@inline(__always)
private func packSquare(
    _ source: UnsafePointer<Float>, _ stride: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
    var square = emptySquare()
    var row = 0
    while row < Lanes.scalarCount {
        square[unchecked: row] = Lanes(loading: source + row &* stride)
        row &+= 1
    }
    transpose(&square)
    row = 0
    while row < Lanes.scalarCount {
        square[unchecked: row].store(to: target + row &* targetStride)
        row &+= 1
    }
}

private func packKeys(
    _ keys: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ depth: Int, _ packed: UnsafeMutablePointer<Float>
) {
    let width = 2 &* Lanes.scalarCount
    var key = 0
    while key < count {
        packKeyPanel(keys + key &* stride, stride, min(count &- key, width), depth, packed + key &* depth)
        key &+= width
    }
}

private func packValues(
    _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ depth: Int, _ packed: UnsafeMutablePointer<Float>
) {
    let lanes = Lanes.scalarCount
    let width = 2 &* lanes
    var target = packed
    var column = 0
    while column < depth {
        let present = min(depth &- column, width)
        for row in 0..<count {
            let source = values + row &* stride + column
            var index = 0
            while index &+ lanes <= present {
                Lanes(loading: source + index).store(to: target + index)
                index &+= lanes
            }
            while index < width {
                target[index] = index < present ? source[index] : 0
                index &+= 1
            }
            target += width
        }
        column &+= width
    }
}

/// Turns a row of scores into `exp(scale * score + mask - maximum)` and returns one divided by the sum. `whole` is a multiple
/// of the vector; elements from `count` on become 0.
@inline(__always)
private func weigh(
    _ scores: UnsafeMutablePointer<Float>, _ scale: Float, _ mask: UnsafePointer<Float>?, _ count: Int
) -> Float {
    let width = Lanes.scalarCount
    let inside = count & ~(width &- 1)
    var top = Lanes(repeating: -.infinity)
    var index = 0
    while index < inside {
        var score = Lanes(loading: scores + index) * scale
        if let mask { score += Lanes(loading: mask + index) }
        score.store(to: scores + index)
        top = top.replacing(with: score, where: score .> top)
        index &+= width
    }
    var maximum = largestLane(top)
    while index < count {
        scores[index] *= scale
        if let mask { scores[index] += mask[index] }
        if scores[index] > maximum { maximum = scores[index] }
        index &+= 1
    }
    let end = (count &+ width &- 1) & ~(width &- 1)
    while index < end {
        scores[index] = -.infinity
        index &+= 1
    }
    var sum = Lanes.zero
    index = 0
    while index < end {
        let power = exponential(Lanes(loading: scores + index) - maximum)
        power.store(to: scores + index)
        sum += power
        index &+= width
    }
    return 1 / sumOfLanes(sum)
}

private func attend(_ call: borrowing AttentionCall) {
    let width = 2 &* Lanes.scalarCount
    let scoreStride = (call.keyCount &+ width &- 1) & ~(width &- 1)
    let taps = call.taps
    product(
        FloatWeights.self,
        ProductCall(
            a: call.query, rowStride: call.queryStride, rowCount: call.queryCount, taps: taps, tapCount: 1,
            tapDepth: call.depth, b: call.keys, columnCount: scoreStride, c: call.scores, resultStride: scoreStride))
    var row = 0
    while row < call.queryCount {
        let scores = call.scores + row &* scoreStride
        var mask: UnsafePointer<Float>?
        if let first = call.mask { mask = first + row &* call.maskStride }
        let factor = weigh(scores, call.scale, mask, call.keyCount)
        for index in 0..<call.keyCount { scores[index] *= factor }
        row &+= 1
    }
    product(
        FloatWeights.self,
        ProductCall(
            a: call.scores, rowStride: scoreStride, rowCount: call.queryCount, taps: taps, tapCount: 1,
            tapDepth: call.keyCount, b: call.values, columnCount: call.valueDepth, c: call.target,
            resultStride: call.targetStride))
}

/// The attention of this level.
public func attentionKernels() -> AttentionKernels {
    AttentionKernels(
        panelWidth: 2 * Lanes.scalarCount, tileRows: tileRows, packKeys: { packKeys($0, $1, $2, $3, $4) },
        packValues: { packValues($0, $1, $2, $3, $4) }, run: { attend($0) })
}
