// A power of e is split into 2^n · e^r with |r| ≤ ln 2 / 2; e^r comes from a polynomial. Adding 1.5 · 2^23 to a number rounds it to
// a whole one, which then stands in the low bits.

private let roundingShift: Float = 12_582_912
/// The largest argument whose power is finite.
private let highest: Float = 88.72283
/// The smallest argument whose power is not subnormal.
private let lowest: Float = -87.33654

/// The parts of `x`: e^x = 2^n · e^r, and `bits` whose low ones are n.
@inline(__always)
private func reduced(_ x: Lanes) -> (bits: LaneBits, r: Lanes) {
    let shifted = Lanes(repeating: roundingShift).plus(x, times: Lanes(repeating: 1.44269504))
    let n = shifted - roundingShift
    let r = x.plus(n, times: Lanes(repeating: -0.693359375)).plus(n, times: Lanes(repeating: 2.12194440e-4))
    return (LaneBits(of: shifted), r)
}

/// (e^r - 1 - r) / r².
@inline(__always)
private func remainderSeries(_ r: Lanes) -> Lanes {
    let p = Lanes(repeating: 8.3692484e-3).plus(r, times: Lanes(repeating: 1.3820742e-3))
    let q = Lanes(repeating: 4.1668281e-2).plus(r, times: p)
    let s = Lanes(repeating: 1.66665167e-1).plus(r, times: q)
    return Lanes(repeating: 4.9999994e-1).plus(r, times: s)
}

/// e to the power of `x`, within 2 units in the last place. Results that would be subnormal are 0.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes { exponential(x, plus: .zero) }

/// e to the power of `x + more`, where `more` is so small that it matters only for the last digits.
@inline(__always)
func exponential(_ x: Lanes, plus more: Lanes) -> Lanes {
    var (bits, r) = reduced(x)
    r += more
    let power = (r + 1).plus(r * r, times: remainderSeries(r))
    // The polynomial is at least 1 for the least n and less than 1 for the greatest, so the exponent never overflows.
    let result = Lanes(bits: LaneBits(of: power) &+ (bits &* LaneBits(repeating: 0x80_0000))).replacing(
        with: 0, where: x .< lowest)
    return (x + .infinity).replacing(with: result, where: x .<= highest)
}

/// e to the power of `x` less 1, within 3 units in the last place, also near zero.
@inline(__always)
func exponentialMinusOne(_ x: Lanes) -> Lanes {
    // Below -18 the result is -1.
    let (bits, remainder) = reduced(x.replacing(with: -18, where: x .< -18))
    let r = remainder.numbers
    let rise = r.plus(r * r, times: remainderSeries(r))
    // Half of 2^n, which for the greatest x would overflow.
    let half = Lanes(bits: (bits &* LaneBits(repeating: 0x80_0000)) &+ LaneBits(repeating: 0x3f00_0000))
    let halved = (half - 0.5).plus(half, times: rise)
    let result = (halved + halved).replacing(with: x, where: x.magnitudes .< 0x1p-25)
    return (x + .infinity).replacing(with: result, where: x .<= highest)
}
