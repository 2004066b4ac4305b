import MicrokernelTypes

func softmax(_ call: borrowing SoftmaxCall) {
    guard call.columns > 0 else { return }
    var row = 0
    while row < call.rows {
        let x = call.x + row &* call.columns
        let result = call.result + row &* call.columns
        if call.scale == 1, call.mask == nil {
            softmaxRow(x, result, call.columns, call.isLogarithm)
        } else {
            let scale = Lanes(repeating: call.scale)
            if let mask = call.mask {
                zip(x, mask + row &* call.maskStride, result, call.columns) { scaled($0, scale, $1) }
            } else {
                zip(x, x, result, call.columns) { x, _ in scaled(x, scale, .zero) }
            }
            softmaxRow(result, result, call.columns, call.isLogarithm)
        }
        row &+= 1
    }
}

@inline(__always)
private func scaled(_ x: Lanes, _ scale: Lanes, _ offset: Lanes) -> Lanes { x * scale + offset }

/// Three walks over a row that stays in the first cache: its maximum, the powers and their sum, the quotients.
private func softmaxRow(
    _ x: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ count: Int, _ isLogarithm: Bool
) {
    let top = maximum(x, count)
    if isLogarithm {
        let sum = powers(x, minus: top, nil, count)
        let offset = logarithm(Lanes(repeating: sum))
        map(x, result, count) { less($0, top, offset) }
    } else {
        let factor = Lanes(repeating: 1 / powers(x, minus: top, result, count))
        map(result, result, count) { times($0, factor) }
    }
}

@inline(__always)
private func times(_ x: Lanes, _ factor: Lanes) -> Lanes { x * factor }

@inline(__always)
private func less(_ x: Lanes, _ top: Lanes, _ offset: Lanes) -> Lanes { x - top - offset }

/// The largest element, in all lanes.
@inline(__always)
private func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Lanes {
    let whole = count &- count % Lanes.scalarCount
    var top = Lanes(loadingFirst: count &- whole, of: x + whole, filler: -.infinity)
    var index = 0
    while index < whole {
        let lanes = Lanes(loading: x + index)
        top = top.replacing(with: lanes, where: lanes .> top)
        index &+= Lanes.scalarCount
    }
    var result = top[0]
    for lane in 1..<Lanes.scalarCount where top[lane] > result { result = top[lane] }
    return Lanes(repeating: result)
}

/// Writes e to the power of each element less `top`; returns the sum.
@inline(__always)
private func powers(
    _ x: UnsafePointer<Float>, minus top: Lanes, _ result: UnsafeMutablePointer<Float>?, _ count: Int
) -> Float {
    let whole = count &- count % Lanes.scalarCount
    var sums = Lanes.zero
    var index = 0
    while index < whole {
        let power = exponential(Lanes(loading: x + index) - top)
        if let result { power.store(to: result + index) }
        sums += power
        index &+= Lanes.scalarCount
    }
    let rest = count &- whole
    if rest > 0 {
        // The filler's power is 0.
        let power = exponential(Lanes(loadingFirst: rest, of: x + whole, filler: -.infinity) - top)
        if let result { power.storeFirst(rest, to: result + whole) }
        sums += power
    }
    return sums.sum()
}
