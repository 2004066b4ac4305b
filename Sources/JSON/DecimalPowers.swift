/// Powers of ten.
enum DecimalPowers {
    /// Those that a double holds exactly, 10⁰ to 10²².
    static let exact: [Double] = (0...22).map { exponent in
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    /// 10ⁿ = mantissa · 2^exponent with a mantissa of 128 bits, the highest of which is set.
    struct Approximation {
        /// At most `steps(n)` too small in its last place.
        var mantissa: UInt128
        var exponent: Int
    }

    /// The exponents of `approximations`: enough to bring any double to 17 digits before the point.
    static let range = -300...345

    /// By exponent, beginning with the lowest of `range`. Each has been made from its neighbour nearer to 10⁰, so that the error of
    /// the farthest is below 2⁹ in the last place.
    static let approximations: [Approximation] = {
        let one = Approximation(mantissa: 1 << 127, exponent: -127)
        var up = [one]
        while up.count <= range.upperBound { up.append(timesTen(up[up.count - 1])) }
        var down = [one]
        while down.count <= -range.lowerBound { down.append(dividedByTen(down[down.count - 1])) }
        return down.dropFirst().reversed() + up
    }()

    private static func timesTen(_ value: Approximation) -> Approximation {
        // Times 10/16, which leaves room for the carry.
        let high = value.mantissa >> 4
        let product = high * 10 + ((value.mantissa & 15) * 10) >> 4
        return normalised(product, value.exponent + 4)
    }

    private static func dividedByTen(_ value: Approximation) -> Approximation {
        let (quotient, remainder) = value.mantissa.quotientAndRemainder(dividingBy: 10)
        // Three more bits by a second division, for those that the first one lost.
        return normalised(quotient << 3 + (remainder << 3) / 10, value.exponent - 3)
    }

    private static func normalised(_ mantissa: UInt128, _ exponent: Int) -> Approximation {
        let shift = mantissa.leadingZeroBitCount
        return Approximation(mantissa: mantissa << UInt128(shift), exponent: exponent - shift)
    }

    static func approximation(_ exponent: Int) -> Approximation { approximations[exponent - range.lowerBound] }
}
