import Glibc

extension JSONBuffer {
    public mutating func append(_ value: Bool) {
        if value { append("true") } else { append("false") }
    }

    public mutating func append<Integer: FixedWidthInteger>(integer value: Integer) {
        append(atMost: 20) { target in
            var rest = UInt64(value.magnitude)
            var count = 0
            if value < 0 {
                target[0] = UInt8(ascii: "-")
                count = 1
            }
            let start = count
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                target[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                count += 1
                rest = quotient
            } while rest > 0
            var digits = UnsafeMutableBufferPointer(start: target + start, count: count - start)
            digits.reverse()
            return count
        }
    }

    /// The number as `%g` prints it, with `.0` behind a whole one, if that reads back as the same; else with 9 digits. What JSON has
    /// no name for is `NaN`, `Infinity` or `-Infinity`.
    public mutating func append(real value: Float) {
        guard value.isFinite, value != 0 else { return appendSpecial(Double(value)) }
        append(atMost: 40) { target in
            let magnitude = Double(value.magnitude)
            let digits = DecimalDigits(magnitude)
            if let short = digits.rounded(to: 6), let same = JSONBuffer.isSame(short, as: value.magnitude) {
                if same { return DecimalText(short, count: 6).write(to: target, isNegative: value < 0) }
                if let long = digits.rounded(to: 9) {
                    return DecimalText(long, count: 9).write(to: target, isNegative: value < 0)
                }
            }
            return JSONBuffer.print(Double(value), digits: 9, to: target) { strtof($0, nil) == value }
        }
    }

    /// The same with 17 digits.
    public mutating func append(real value: Double) {
        guard value.isFinite, value != 0 else { return appendSpecial(value) }
        append(atMost: 40) { target in
            let digits = DecimalDigits(value.magnitude)
            if let short = digits.rounded(to: 6), let same = JSONBuffer.isSame(short, as: value.magnitude) {
                if same { return DecimalText(short, count: 6).write(to: target, isNegative: value < 0) }
                if let long = digits.rounded(to: 17) {
                    return DecimalText(long, count: 17).write(to: target, isNegative: value < 0)
                }
            }
            return JSONBuffer.print(value, digits: 17, to: target) { strtod($0, nil) == value }
        }
    }

    private mutating func appendSpecial(_ value: Double) {
        if value.isNaN { return append("NaN") }
        if value.sign == .minus { append(byte: UInt8(ascii: "-")) }
        if value == 0 { append("0.0") } else { append("Infinity") }
    }

    /// Whether six digits read back as `value`; nil if that takes more than one operation to tell.
    private static func isSame(_ short: (digits: UInt64, exponent: Int), as value: Double) -> Bool? {
        let power = short.exponent - 5
        guard abs(power) <= 22 else { return nil }
        let digits = Double(short.digits)
        // Both are exact, so that the result is the nearest double.
        return (power < 0 ? digits / DecimalPowers.exact[-power] : digits * DecimalPowers.exact[power]) == value
    }

    private static func isSame(_ short: (digits: UInt64, exponent: Int), as value: Float) -> Bool? {
        let power = short.exponent - 5
        guard abs(power) <= 22, value.isNormal else { return nil }
        let digits = Double(short.digits)
        let read = power < 0 ? digits / DecimalPowers.exact[-power] : digits * DecimalPowers.exact[power]
        // The double between two floats might be rounded the other way than the digits.
        guard read.bitPattern & 0x1fff_ffff != 0x1000_0000 else { return nil }
        return Float(read) == value
    }

    /// The slow way, for numbers that the fast one can't tell.
    private static func print(
        _ value: Double, digits: Int32, to target: UnsafeMutablePointer<UInt8>,
        readsBack: (UnsafePointer<CChar>) -> Bool
    ) -> Int {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { text in
            guard let start = text.baseAddress else { return 0 }
            var count = Int(withVaList([Int32(6), value]) { vsnprintf(start, 40, "%.*g", $0) })
            if !readsBack(start) { count = Int(withVaList([digits, value]) { vsnprintf(start, 40, "%.*g", $0) }) }
            var isWhole = true
            for index in 0..<count {
                target[index] = UInt8(bitPattern: start[index])
                if target[index] == UInt8(ascii: ".") || target[index] == UInt8(ascii: "e") { isWhole = false }
            }
            guard isWhole else { return count }
            target[count] = UInt8(ascii: ".")
            target[count + 1] = UInt8(ascii: "0")
            return count + 2
        }
    }
}

/// A number as `%g` writes it.
private struct DecimalText {
    /// Without the zeros at the end.
    private var digits: UInt64
    private var count: Int
    /// The power of ten that the first digit counts.
    private let exponent: Int
    private let isScientific: Bool

    /// - Parameter count: of the digits, as many as are wanted.
    init(_ number: (digits: UInt64, exponent: Int), count: Int) {
        digits = number.digits
        self.count = count
        exponent = number.exponent
        isScientific = exponent < -4 || exponent >= count
        while self.count > 1 {
            let (quotient, last) = digits.quotientAndRemainder(dividingBy: 10)
            guard last == 0 else { break }
            digits = quotient
            self.count -= 1
        }
    }

    /// Writes at most 30 bytes, and returns how many.
    func write(to target: UnsafeMutablePointer<UInt8>, isNegative: Bool) -> Int {
        var position = 0
        func put(_ byte: UInt8) {
            target[position] = byte
            position += 1
        }
        if isNegative { put(UInt8(ascii: "-")) }
        if isScientific {
            position += writeDigits(to: target + position, pointBehind: count > 1 ? 1 : nil)
            put(UInt8(ascii: "e"))
            put(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            let size = abs(exponent)
            if size >= 100 { put(UInt8(ascii: "0") + UInt8(size / 100)) }
            put(UInt8(ascii: "0") + UInt8(size / 10 % 10))
            put(UInt8(ascii: "0") + UInt8(size % 10))
        } else if exponent < 0 {
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "."))
            for _ in 0..<(-exponent - 1) { put(UInt8(ascii: "0")) }
            position += writeDigits(to: target + position, pointBehind: nil)
        } else if count > exponent + 1 {
            position += writeDigits(to: target + position, pointBehind: exponent + 1)
        } else {
            position += writeDigits(to: target + position, pointBehind: nil)
            for _ in 0..<(exponent + 1 - count) { put(UInt8(ascii: "0")) }
            put(UInt8(ascii: "."))
            put(UInt8(ascii: "0"))
        }
        return position
    }

    private func writeDigits(to target: UnsafeMutablePointer<UInt8>, pointBehind place: Int?) -> Int {
        let size = place == nil ? count : count + 1
        var rest = digits
        var position = size
        while position > 0 {
            position -= 1
            if position == place {
                target[position] = UInt8(ascii: ".")
                continue
            }
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        return size
    }
}
