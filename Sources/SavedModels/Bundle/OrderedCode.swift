/// An encoding of strings and numbers whose bytes sort as the values do; slices of partitioned variables have such keys.
struct OrderedCode {
    private(set) var bytes: [UInt8] = []

    /// Appends `string`, with the bytes 0 and 255 escaped, and its end mark.
    mutating func append(_ string: some Sequence<UInt8>) {
        for byte in string {
            bytes.append(byte)
            if byte == 0 { bytes.append(255) }
            if byte == 255 { bytes.append(0) }
        }
        bytes += [0, 1]
    }

    /// Appends the number of significant bytes and then these, the highest first.
    mutating func append(unsigned value: UInt64) {
        let count = 8 - value.leadingZeroBitCount / 8
        bytes.append(UInt8(count))
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    /// Appends `value` in as few bytes as its significant bits need at seven a byte. The sign bit comes first, then a copy
    /// of it for each further byte, then its opposite, then the value in two's complement.
    mutating func append(signed value: Int64) {
        let magnitude = UInt64(bitPattern: value < 0 ? ~value : value)
        let significant = 64 - magnitude.leadingZeroBitCount
        let count = significant / 7 + 1
        let sign: UInt8 = value < 0 ? 0xff : 0
        var encoded = [UInt8](repeating: sign, count: 10)
        for index in 0..<8 {
            encoded[9 - index] = UInt8(truncatingIfNeeded: UInt64(bitPattern: value) >> UInt64(8 * index))
        }
        encoded.removeFirst(10 - count)
        // A value that is not negative gets `count` leading ones; a negative one has them turned to zeros by the same XOR.
        for bit in 0..<count { encoded[bit / 8] ^= 0x80 >> UInt8(bit % 8) }
        bytes += encoded
    }
}
