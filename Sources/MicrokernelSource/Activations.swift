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

/// Writes `function` of `count` elements, which may be where they are read. The last vector overlaps the one before it: it is
/// read before anything is written.
@inline(__always)
func map(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Lanes) -> Lanes
) {
    let end = count &- Lanes.scalarCount
    guard end >= 0 else {
        return function(Lanes(loadingFirst: count, of: source)).storeFirst(count, to: target)
    }
    let last = function(Lanes(loading: source + end))
    var index = 0
    while index < end {
        function(Lanes(loading: source + index)).store(to: target + index)
        index &+= Lanes.scalarCount
    }
    last.store(to: target + end)
}

/// The vector loops of this level.
public func vectorKernels() -> VectorKernels {
    VectorKernels(activate: { activate($0, $1, $2) }, apply: { apply($0, $1, $2, $3, $4) })
}
