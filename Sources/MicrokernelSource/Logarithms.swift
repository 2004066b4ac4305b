// A number is split into 2^e · m with m between the roots of 1/2 and 2; ln m comes from a polynomial in m - 1.

/// The bits of the root of 1/2.
private let rootOfHalf: Int32 = 0x3f35_04f3
private let smallestNormal = Float.leastNormalMagnitude

/// ln(1 + f) + e · ln 2 for f from -0.293 to 0.415.
@inline(__always)
private func logarithmSeries(_ f: Lanes, _ exponent: LaneBits) -> Lanes {
    // A conversion that is an instruction everywhere: the whole number is put behind the point of 1.5 · 2^23.
    let e = Lanes(bits: exponent &+ LaneBits(repeating: 0x4b40_0000)) - 12_582_912
    var p = Lanes(repeating: 0.12762199).plus(f, times: Lanes(repeating: -0.076363996))
    p = Lanes(repeating: -0.13159611).plus(f, times: p)
    p = Lanes(repeating: 0.14201581).plus(f, times: p)
    p = Lanes(repeating: -0.16623409).plus(f, times: p)
    p = Lanes(repeating: 0.20001242).plus(f, times: p)
    p = Lanes(repeating: -0.2500082).plus(f, times: p)
    p = Lanes(repeating: 0.33333331).plus(f, times: p)
    let square = f * f
    var low = (e * -2.12194440e-4).plus(square * f, times: p)
    low = low.plus(square, times: Lanes(repeating: -0.5))
    return (f + low).plus(e, times: Lanes(repeating: 0.693359375))
}

/// The natural logarithm, within 2 units in the last place. Subnormal numbers count as zero; numbers below have none.
@inline(__always)
func logarithm(_ x: Lanes) -> Lanes {
    let offset = LaneBits(of: x) &- LaneBits(repeating: rootOfHalf)
    let m = Lanes(bits: offset.masked(0x7f_ffff) &+ LaneBits(repeating: rootOfHalf))
    var result = logarithmSeries(m - 1, offset &>> 23)
    result = result.replacing(with: -.infinity, where: x .< smallestNormal)
    result = result.replacing(with: .nan, where: x .<= -smallestNormal)
    return x.replacing(with: result, where: x .< .infinity)
}

/// The natural logarithm of `1 + x`, within 3 units in the last place, also near zero.
@inline(__always)
func logarithmOfOnePlus(_ x: Lanes) -> Lanes {
    let sum = (x + 1).numbers
    let offset = LaneBits(of: sum) &- LaneBits(repeating: rootOfHalf)
    let m = Lanes(bits: offset.masked(0x7f_ffff) &+ LaneBits(repeating: rootOfHalf))
    // What the sum has lost, in units of 2^e.
    let lost = x - (sum - 1)
    let unit = Lanes(bits: LaneBits(repeating: 0x3f80_0000) &- offset.masked(-0x80_0000))
    let f = (m - 1).plus(lost, times: unit.replacing(with: 0, where: sum .> 0x1p40))
    var result = logarithmSeries(f.numbers, offset &>> 23)
    result = result.replacing(with: x, where: x.magnitudes .< 0x1p-25)
    result = result.replacing(with: -.infinity, where: x .== -1)
    result = result.replacing(with: .nan, where: x .< -1)
    return x.replacing(with: result, where: x .< .infinity)
}
