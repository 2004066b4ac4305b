import Glibc

/// e to the power of each element, within two units in the last place for results that are not subnormal; smaller
/// results are 0. Values that are not numbers stay so.
@inline(__always)
func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let lowest: Float = -87.33654
    let highest: Float = 88.72283
    var clamped = x.replacing(with: lowest, where: x .< lowest)
    clamped.replace(with: highest, where: clamped .> highest)
    // x = n ln 2 + r; adding and taking away 1.5 · 2^23 rounds to a whole number.
    let shift: Float = 12_582_912
    let n = (clamped * 1.44269504 + shift) - shift
    let r = (clamped - n * 0.693359375) - n * -2.12194440e-4
    var p = r * 1.9875691500e-4 + 1.3981999507e-3
    p = p * r + 8.3334519073e-3
    p = p * r + 4.1665795894e-2
    p = p * r + 1.6666665459e-1
    p = p * r + 5.0000001201e-1
    p = p * (r * r) + r + 1
    // Not numbers must not be converted to integers; 2^128 takes two steps.
    let whole = n.replacing(with: 0, where: n .!= n)
    let exponent = SIMD8<Int32>(truncatingIfNeeded: unsafeBitCast(whole + shift, to: SIMD8<Int32>.self) &- 0x4b40_0000)
    let half = exponent &>> 1
    let first = unsafeBitCast((half &+ 127) &<< 23, to: SIMD8<Float>.self)
    let second = unsafeBitCast((exponent &- half &+ 127) &<< 23, to: SIMD8<Float>.self)
    var result = p * first * second
    result.replace(with: 0, where: x .< lowest)
    result.replace(with: .infinity, where: x .> highest)
    return result
}

extension Float: SoftmaxValue {
    static func logarithm(_ x: Float) -> Float { logf(x) }

    static func exponentials(
        _ source: UnsafePointer<Float>, minus offset: Float, _ target: UnsafeMutablePointer<Float>, _ count: Int
    ) -> Float {
        var sums = SIMD8<Float>(repeating: 0)
        var index = 0
        while index &+ 8 <= count {
            let powers = Kernels.exponential(
                UnsafeRawPointer(source + index).loadUnaligned(as: SIMD8<Float>.self) - offset)
            UnsafeMutableRawPointer(target + index).storeBytes(of: powers, as: SIMD8<Float>.self)
            sums += powers
            index &+= 8
        }
        var sum = sums.sum()
        while index < count {
            target[index] = expf(source[index] - offset)
            sum += target[index]
            index &+= 1
        }
        return sum
    }
}

extension Double: SoftmaxValue {
    static func logarithm(_ x: Double) -> Double { log(x) }

    static func exponentials(
        _ source: UnsafePointer<Double>, minus offset: Double, _ target: UnsafeMutablePointer<Double>, _ count: Int
    ) -> Double {
        var sum = 0.0
        for index in 0..<count {
            target[index] = exp(source[index] - offset)
            sum += target[index]
        }
        return sum
    }
}
