/// The first 17 decimal digits of a number, and enough of the rest to round them.
struct DecimalDigits {
    /// 10¹⁶ ≤ `leading` < 10¹⁷.
    private let leading: UInt64
    /// What follows the last of them, in 2⁻⁶⁴ of it; a few too small.
    private let fraction: UInt64
    /// The power of ten that the first digit counts.
    private let exponent: Int

    static let count = 17
    /// More than the error of `fraction`.
    private static let margin: UInt64 = 1024
    private static let limit: UInt64 = 100_000_000_000_000_000

    /// - Parameter value: finite and positive.
    init(_ value: Double) {
        // value = significand · 2^power, with the highest bit of 64 set.
        let bits = value.isNormal ? value.significandBitPattern | 1 << 52 : value.significandBitPattern
        let shift = bits.leadingZeroBitCount
        let power = (value.isNormal ? Int(value.exponentBitPattern) - 1075 : -1074) - shift
        let significand = bits << UInt64(shift)
        // log₁₀ 2 · 2¹⁸ = 78913; the guess is right or one too small.
        var exponent = ((power + 63) * 78913) >> 18
        var (leading, fraction) = DecimalDigits.scale(significand, power, by: DecimalDigits.count - 1 - exponent)
        if leading >= DecimalDigits.limit {
            exponent += 1
            (leading, fraction) = DecimalDigits.scale(significand, power, by: DecimalDigits.count - 1 - exponent)
        }
        if fraction > UInt64.max - DecimalDigits.margin {
            // A whole number whose approximation lies below it, or next to one.
            leading += 1
            fraction = 0
        }
        if leading == DecimalDigits.limit {
            leading /= 10
            exponent += 1
        }
        self.leading = leading
        self.fraction = fraction
        self.exponent = exponent
    }

    /// significand · 2^power · 10^exponent, below 2⁶¹: the whole part and the fraction.
    private static func scale(_ significand: UInt64, _ power: Int, by exponent: Int) -> (UInt64, UInt64) {
        let ten = DecimalPowers.approximation(exponent)
        let high = significand.multipliedFullWidth(by: UInt64(truncatingIfNeeded: ten.mantissa >> 64))
        let low = significand.multipliedFullWidth(by: UInt64(truncatingIfNeeded: ten.mantissa))
        let (middle, carry) = high.low.addingReportingOverflow(low.high)
        let top = high.high &+ (carry ? 1 : 0)
        // Of the 192 bits of the product, those behind the point.
        let behind = UInt64(-(power + ten.exponent) - 128)
        return (top >> behind, top << (64 - behind) | middle >> behind)
    }

    /// The digits rounded to `count` of them, as a number of so many digits, and the power of ten that its first digit counts; nil
    /// if the digits do not tell which way to round.
    func rounded(to count: Int) -> (digits: UInt64, exponent: Int)? {
        let unit = DecimalDigits.units[DecimalDigits.count - count]
        var (digits, rest) = leading.quotientAndRemainder(dividingBy: unit)
        let half: UInt64 = 1 << 63
        if count == DecimalDigits.count {
            guard fraction < half - DecimalDigits.margin || fraction > half + DecimalDigits.margin else { return nil }
            rest = fraction > half ? 1 : 0
        } else if rest == unit / 2 {
            guard fraction > DecimalDigits.margin else { return nil }
        } else {
            rest = rest > unit / 2 ? 1 : 0
        }
        if rest > 0 { digits += 1 }
        guard digits == DecimalDigits.units[count] else { return (digits, exponent) }
        return (digits / 10, exponent + 1)
    }

    /// 10⁰ to 10¹⁷.
    private static let units: [UInt64] = (0...17).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
