// Functions that level off on both sides, and their like.

/// The hyperbolic tangent, within 6 units in the last place and never beyond ±1: a ratio of polynomials whose terms all have one
/// sign, so that nothing cancels.
@inline(__always)
func hyperbolicTangent(_ x: Lanes) -> Lanes {
    let limited = x.limited(-9.02, 9.02)
    let square = limited * limited
    var p = Lanes(repeating: 2.0637028e-5).plus(square, times: Lanes(repeating: 1.3386821e-8))
    p = Lanes(repeating: 3.497493e-3).plus(square, times: p)
    p = Lanes(repeating: 0.13382702).plus(square, times: p)
    p = Lanes(repeating: 1).plus(square, times: p)
    var q = Lanes(repeating: 3.2886042e-4).plus(square, times: Lanes(repeating: 7.7911176e-7))
    q = Lanes(repeating: 2.5884448e-2).plus(square, times: q)
    q = Lanes(repeating: 0.46716022).plus(square, times: q)
    q = Lanes(repeating: 1).plus(square, times: q)
    let result = (limited * p / q).limited(-1, 1)
    // Exactly ±1, so that 1 less it is nothing however large it is multiplied.
    return result.replacing(with: limited / 9.02, where: limited.magnitudes .>= 9.02)
}

/// 1 / (1 + e^-x), within 3 units in the last place where it is not subnormal.
@inline(__always)
func logisticSigmoid(_ x: Lanes) -> Lanes { 1 / (1 + exponential(-x)) }

/// ln(1 + e^x), within 7 units in the last place.
@inline(__always)
func softplus(_ x: Lanes) -> Lanes {
    let power = exponential(x)
    // Far from 0 the sum would lose one of its terms.
    let result = logarithmOfOnePlus(power).replacing(with: x, where: x .> 13.942385)
    return result.replacing(with: power, where: x .< -13.942385)
}

/// The error function, within 7 units in the last place and never beyond ±1.
@inline(__always)
func errorFunction(_ x: Lanes) -> Lanes {
    let limited = x.limited(-3.925, 3.925)
    let square = limited * limited
    var p = Lanes(repeating: 4.160541e-4).plus(square, times: Lanes(repeating: 3.0009649e-6))
    p = Lanes(repeating: 5.484964e-3).plus(square, times: p)
    p = Lanes(repeating: 7.707239e-2).plus(square, times: p)
    p = Lanes(repeating: 0.27794516).plus(square, times: p)
    p = Lanes(repeating: 1.6501443).plus(square, times: p)
    var q = Lanes(repeating: 1.6946606e-3).plus(square, times: Lanes(repeating: 5.5706663e-5))
    q = Lanes(repeating: 2.1847406e-2).plus(square, times: q)
    q = Lanes(repeating: 0.16666363).plus(square, times: q)
    q = Lanes(repeating: 0.7337893).plus(square, times: q)
    q = Lanes(repeating: 1.4624023).plus(square, times: q)
    return (limited * p / q).limited(-1, 1)
}

/// 1 less the error function, within 6 units in the last place also where little is left; 0 where it would be subnormal.
@inline(__always)
func complementaryErrorFunction(_ x: Lanes) -> Lanes {
    // e^(-x²) times a ratio of polynomials. The square is split into a part without rounding and a small rest.
    let size = x.magnitudes.limited(0, 10)
    let high = Lanes(bits: LaneMask(of: size) .& LaneMask(bits: ~0xfff))
    let power = exponential(-(high * high), plus: (high - size) * (high + size))
    var p = Lanes(repeating: 0.22551453).plus(size, times: Lanes(repeating: 0.031993307))
    p = Lanes(repeating: 0.7239579).plus(size, times: p)
    p = Lanes(repeating: 1.2312437).plus(size, times: p)
    p = Lanes(repeating: 1).plus(size, times: p)
    var q = Lanes(repeating: 0.39974356).plus(size, times: Lanes(repeating: 0.056705855))
    q = Lanes(repeating: 1.311067).plus(size, times: q)
    q = Lanes(repeating: 2.3865013).plus(size, times: q)
    q = Lanes(repeating: 2.3596232).plus(size, times: q)
    q = Lanes(repeating: 1).plus(size, times: q)
    let result = power * p / q
    return result.replacing(with: 2 - result, where: x .< 0)
}
