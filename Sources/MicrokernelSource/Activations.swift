import MicrokernelTypes

/// Applies `function` to `count` elements, in place.
func activate(_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) {
    let first = Lanes(repeating: function.first)
    let second = Lanes(repeating: function.second)
    switch function.kind {
    case .linear: return
    case .clamp: map(values, values, count) { $0.limited(first, second) }
    case .leakyRectifier: map(values, values, count) { leakyRectifier($0, first) }
    case .exponentialLinear: map(values, values, count) { exponentialLinear($0) }
    case .sigmoid: map(values, values, count) { logisticSigmoid($0) }
    case .tanh: map(values, values, count) { hyperbolicTangent($0) }
    case .swish: map(values, values, count) { swish($0) }
    case .hardSwish: map(values, values, count) { hardSwish($0, first, second) }
    case .hardSigmoid: map(values, values, count) { hardSigmoid($0, first, second) }
    case .gelu: map(values, values, count) { gaussianLinear($0) }
    case .approximateGELU: map(values, values, count) { approximateGaussianLinear($0) }
    case .softplus: map(values, values, count) { softplus($0) }
    }
}

// One function for each kind of `Activation`. A closure is inlined into its loop only if all it does is to call one of these.

@inline(__always)
func leakyRectifier(_ x: Lanes, _ slope: Lanes) -> Lanes { (x * slope).replacing(with: x, where: x .> 0) }

@inline(__always)
func exponentialLinear(_ x: Lanes) -> Lanes { x.replacing(with: exponentialMinusOne(x), where: x .< 0) }

@inline(__always)
func swish(_ x: Lanes) -> Lanes { x / (1 + exponential(-x)) }

@inline(__always)
func hardSigmoid(_ x: Lanes, _ slope: Lanes, _ offset: Lanes) -> Lanes { (x * slope + offset).limited(0, 1) }

@inline(__always)
func hardSwish(_ x: Lanes, _ slope: Lanes, _ offset: Lanes) -> Lanes { x * hardSigmoid(x, slope, offset) }

@inline(__always)
func gaussianLinear(_ x: Lanes) -> Lanes { 0.5 * x * (1 + errorFunction(x * 0.70710678)) }

@inline(__always)
func approximateGaussianLinear(_ x: Lanes) -> Lanes {
    0.5 * x * (1 + hyperbolicTangent(0.7978845608 * (x + 0.044715 * (x * x * x))))
}
