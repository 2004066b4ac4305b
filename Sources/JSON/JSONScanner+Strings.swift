extension JSONScanner {
    /// Reads a string, of which the quotation mark comes next.
    mutating func string() throws(JSONFault) {
        position += 1
        tape.beginString()
        while true {
            let byte = next
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return tape.endString()
            case UInt8(ascii: "\\"): try escape()
            case 0: throw .quote(position)
            case ..<0x20: throw .escape(position)
            default:
                tape.append(byte: byte)
                position += 1
            }
        }
    }

    private mutating func escape() throws(JSONFault) {
        let start = position
        position += 1
        let byte = next
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): tape.append(byte: byte)
        case UInt8(ascii: "b"): tape.append(byte: 8)
        case UInt8(ascii: "f"): tape.append(byte: 12)
        case UInt8(ascii: "n"): tape.append(byte: 10)
        case UInt8(ascii: "r"): tape.append(byte: 13)
        case UInt8(ascii: "t"): tape.append(byte: 9)
        case UInt8(ascii: "u"):
            position += 1
            return append(try character(start))
        default: throw .escape(start)
        }
        position += 1
    }

    /// The number of the character behind `\u`, perhaps with its other half.
    private mutating func character(_ start: Int) throws(JSONFault) -> UInt32 {
        let high = try hexDigits(start)
        guard (0xd800...0xdbff).contains(high) else { return high }
        guard take("\\"), take("u") else { throw .surrogate(start) }
        let low = try hexDigits(start)
        guard (0xdc00...0xdfff).contains(low) else { throw .surrogate(start) }
        return (high - 0xd800) << 10 + (low - 0xdc00) + 0x10000
    }

    private mutating func hexDigits(_ start: Int) throws(JSONFault) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(next)).hexDigitValue, next < 0x80 else { throw .hexDigit(start) }
            number = number << 4 | UInt32(digit)
            position += 1
        }
        return number
    }

    /// As UTF-8; half a character has three bytes that are no valid UTF-8.
    private func append(_ character: UInt32) {
        func rest(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(character >> shift & 0x3f) }
        switch character {
        case ..<0x80: tape.append(byte: UInt8(character))
        case ..<0x800:
            tape.append(byte: 0xc0 | UInt8(character >> 6))
            tape.append(byte: rest(0))
        case ..<0x10000:
            tape.append(byte: 0xe0 | UInt8(character >> 12))
            tape.append(byte: rest(6))
            tape.append(byte: rest(0))
        default:
            tape.append(byte: 0xf0 | UInt8(character >> 18))
            tape.append(byte: rest(12))
            tape.append(byte: rest(6))
            tape.append(byte: rest(0))
        }
    }
}
