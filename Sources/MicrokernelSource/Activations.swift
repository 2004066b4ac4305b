import Glibc
import MicrokernelTypes

func activate(_ function: Activation, _ values: UnsafeMutablePointer<Float>, _ count: Int) {
    let first = function.first
    let second = function.second
    switch function.kind {
    case .linear: return
    case .clamp: map(values, count) { limit($0, first, second) }
    case .leakyRectifier: map(values, count) { $0 > 0 ? $0 : $0 * first }
    case .exponentialLinear: map(values, count) { $0 < 0 ? expm1f($0) : $0 }
    case .sigmoid: map(values, count) { 1 / (1 + expf(-$0)) }
    case .tanh: map(values, count) { tanhf($0) }
    case .swish: map(values, count) { $0 / (1 + expf(-$0)) }
    case .hardSwish: map(values, count) { $0 * limit(first * $0 + second, 0, 1) }
    case .hardSigmoid: map(values, count) { limit(first * $0 + second, 0, 1) }
    case .gelu: map(values, count) { 0.5 * $0 * (1 + erff($0 * 0.70710678)) }
    case .approximateGELU: map(values, count) { 0.5 * $0 * (1 + tanhf(0.7978845608 * ($0 + 0.044715 * $0 * $0 * $0))) }
    case .softplus: map(values, count) { $0 > 20 ? $0 : log1pf(expf($0)) }
    }
}

@inline(__always)
private func map(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Float) -> Float) {
    for index in 0..<count { values[index] = function(values[index]) }
}

@inline(__always)
private func limit(_ x: Float, _ low: Float, _ high: Float) -> Float { x < low ? low : x > high ? high : x }

/// The vector loops of this level.
public func vectorKernels() -> VectorKernels {
    VectorKernels(activate: { activate($0, $1, $2) })
}
