extension JSONScanner {
    /// What has been read of a number.
    private struct Number {
        let start: Int
        var isNegative = false
        /// The digits without the point; meaningless when `hasOverflown`.
        var digits: UInt64 = 0
        /// Whether there are more digits than 64 bits hold.
        var hasOverflown = false
        /// Whether there is a fraction or an exponent.
        var isReal = false
        /// The power of ten that `digits` has to be multiplied with.
        var power = 0
    }

    /// Reads a number, or finds that what comes next is no value.
    mutating func number() throws(JSONFault) {
        var number = Number(start: position)
        number.isNegative = take("-")
        if next == UInt8(ascii: "I") || next == UInt8(ascii: "N") { return try nonFinite(number.isNegative) }
        guard isDigit(next) else { throw .value(position) }
        if !take("0") { try integer(&number) }
        if take(".") {
            guard isDigit(next) else { throw .fraction(position) }
            number.isReal = true
            while isDigit(next) {
                append(next, to: &number)
                number.power -= 1
                position += 1
            }
        }
        if take("e") || take("E") { try exponent(&number) }
        append(number)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private func append(_ digit: UInt8, to number: inout Number) {
        let (tens, overflow) = number.digits.multipliedReportingOverflow(by: 10)
        let (sum, overflowToo) = tens.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
        number.digits = sum
        if overflow || overflowToo { number.hasOverflown = true }
    }

    /// The digits before the point. Too many of them are noticed where RapidJSON notices it.
    private mutating func integer(_ number: inout Number) throws(JSONFault) {
        var rough = 0.0
        while isDigit(next) {
            if number.hasOverflown, rough >= 1.7976931348623157e307 { throw .tooBig(number.start) }
            append(next, to: &number)
            rough = rough * 10 + Double(next - UInt8(ascii: "0"))
            position += 1
        }
    }

    private mutating func exponent(_ number: inout Number) throws(JSONFault) {
        number.isReal = true
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard isDigit(next) else { throw .exponent(position) }
        let limit = 308 - number.power
        var exponent = 0
        while isDigit(next) {
            exponent = min(exponent * 10 + Int(next - UInt8(ascii: "0")), 1 << 40)
            position += 1
            if !isNegative, exponent > limit { throw .tooBig(number.start) }
        }
        number.power += isNegative ? -exponent : exponent
    }

    private mutating func nonFinite(_ isNegative: Bool) throws(JSONFault) {
        if take("N") {
            guard take("a"), take("N") else { throw .value(position) }
            return tape.append("d", bits: Double.nan.bitPattern)
        }
        guard take("I"), take("n"), take("f") else { throw .value(position) }
        if next == UInt8(ascii: "i") {
            guard take("i"), take("n"), take("i"), take("t"), take("y") else { throw .value(position) }
        }
        tape.append("d", bits: (isNegative ? -Double.infinity : .infinity).bitPattern)
    }

    private func append(_ number: Number) {
        if !number.isReal, !number.hasOverflown {
            if number.isNegative, number.digits <= 1 << 63 {
                return tape.append("l", bits: 0 &- number.digits)
            }
            if !number.isNegative {
                return tape.append(number.digits > UInt64(Int64.max) ? "u" : "l", bits: number.digits)
            }
        }
        tape.append("d", bits: real(number).bitPattern)
    }

    /// The nearest double. Numbers whose digits and power of ten are both exact need one operation.
    private func real(_ number: Number) -> Double {
        if !number.hasOverflown, number.digits <= 1 << 53, abs(number.power) <= 22 {
            let power = DecimalPowers.exact[abs(number.power)]
            let digits = Double(number.digits)
            let value = number.power < 0 ? digits / power : digits * power
            return number.isNegative ? -value : value
        }
        let written = String(decoding: text[number.start..<position], as: UTF8.self)
        return Double(written) ?? .infinity
    }
}
