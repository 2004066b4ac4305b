import MicrokernelTypes

/// Writes `function` of `count` elements, which may be where they are read.
func apply(
    _ function: VectorFunction, _ parameter: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ count: Int
) {
    let slope = Lanes(repeating: parameter)
    switch function {
    case .abs: map(x, y, count) { $0.magnitudes }
    case .negate: map(x, y, count) { negated($0) }
    case .square: map(x, y, count) { square($0) }
    case .squareRoot: map(x, y, count) { squareRoot($0) }
    case .reciprocalSquareRoot: map(x, y, count) { reciprocal(squareRoot($0)) }
    case .reciprocal: map(x, y, count) { reciprocal($0) }
    case .floor: map(x, y, count) { floor($0) }
    case .ceiling: map(x, y, count) { ceiling($0) }
    case .round: map(x, y, count) { round($0) }
    case .sign: map(x, y, count) { sign($0) }
    case .exponential: map(x, y, count) { exponential($0) }
    case .exponentialMinusOne: map(x, y, count) { exponentialMinusOne($0) }
    case .logarithm: map(x, y, count) { logarithm($0) }
    case .logarithmOfOnePlus: map(x, y, count) { logarithmOfOnePlus($0) }
    case .sigmoid: map(x, y, count) { logisticSigmoid($0) }
    case .tanh: map(x, y, count) { hyperbolicTangent($0) }
    case .errorFunction: map(x, y, count) { errorFunction($0) }
    case .complementaryErrorFunction: map(x, y, count) { complementaryErrorFunction($0) }
    case .rectifier: map(x, y, count) { rectifier($0) }
    case .rectifier6: map(x, y, count) { $0.limited(0, 6) }
    case .leakyRectifier: map(x, y, count) { leakyRectifier($0, slope) }
    case .exponentialLinear: map(x, y, count) { exponentialLinear($0) }
    case .scaledExponentialLinear: map(x, y, count) { scaledExponentialLinear($0) }
    case .softplus: map(x, y, count) { softplus($0) }
    case .softsign: map(x, y, count) { softsign($0) }
    }
}

// One function for each: a closure is inlined into its loop only if all it does is to call one of these.

@inline(__always)
private func square(_ x: Lanes) -> Lanes { x * x }

@inline(__always)
private func squareRoot(_ x: Lanes) -> Lanes { x.squareRoot() }

@inline(__always)
private func floor(_ x: Lanes) -> Lanes { x.rounded(.down) }

@inline(__always)
private func ceiling(_ x: Lanes) -> Lanes { x.rounded(.up) }

@inline(__always)
private func round(_ x: Lanes) -> Lanes { x.rounded(.toNearestOrEven) }

@inline(__always)
private func rectifier(_ x: Lanes) -> Lanes { x.replacing(with: 0, where: x .< 0) }

@inline(__always)
private func negated(_ x: Lanes) -> Lanes { Lanes(bits: LaneMask(of: x) .^ LaneMask(bits: .min)) }

@inline(__always)
private func reciprocal(_ x: Lanes) -> Lanes { Lanes(repeating: 1) / x }

@inline(__always)
private func sign(_ x: Lanes) -> Lanes {
    let one = Lanes(repeating: 1)
    let known = x.replacing(with: one, where: x .> 0).replacing(with: -1, where: x .< 0)
    return known.replacing(with: 0, where: x .== 0)
}

@inline(__always)
private func scaledExponentialLinear(_ x: Lanes) -> Lanes {
    let negative = Lanes(repeating: 1.7580993408473768599) * exponentialMinusOne(x)
    return (Lanes(repeating: 1.0507009873554804934) * x).replacing(with: negative, where: x .< 0)
}

@inline(__always)
private func softsign(_ x: Lanes) -> Lanes { x / (x.magnitudes + Lanes(repeating: 1)) }
