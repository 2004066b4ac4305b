/// The escapes of protobuf's string literals.
enum TextEscapes {
    /// Appends what the literal's content `literal` (without its quotes) stands for; returns the position and the fault
    /// of an escape that is malformed.
    static func decode(_ literal: UnsafeRawBufferPointer, into bytes: inout [UInt8]) -> (position: Int, what: String)? {
        var at = 0
        while at < literal.count {
            let byte = literal[at]
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                at += 1
                continue
            }
            let start = at
            guard let what = escape(literal, &at, &bytes) else { continue }
            return (start, what)
        }
        return nil
    }

    /// Decodes the escape at `at`, which moves behind it; returns what is wrong with it.
    private static func escape(_ literal: UnsafeRawBufferPointer, _ at: inout Int, _ bytes: inout [UInt8]) -> String? {
        at += 1
        guard at < literal.count else { return "Invalid escape sequence in string literal." }
        let letter = literal[at]
        at += 1
        switch letter {
        case UInt8(ascii: "a"): bytes.append(0x07)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "v"): bytes.append(0x0b)
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): bytes.append(letter)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            at -= 1
            let value = digits(literal, &at, most: 3) { $0 &- UInt8(ascii: "0") < 8 ? $0 &- UInt8(ascii: "0") : nil }
            guard let value = value.map({ $0.reduce(0) { $0 * 8 + UInt32($1) } }), value <= 0xff else {
                return "Octal escape is larger than one byte."
            }
            bytes.append(UInt8(value))
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            guard let value = digits(literal, &at, most: 2, hexValue) else {
                return "Expected hex digits for escape sequence."
            }
            bytes.append(value.reduce(0) { $0 << 4 | $1 })
        case UInt8(ascii: "u"): return unicode(literal, &at, 4, &bytes)
        case UInt8(ascii: "U"): return unicode(literal, &at, 8, &bytes)
        default: return "Invalid escape sequence in string literal."
        }
        return nil
    }

    /// Up to `most` digits; nil if there is none.
    private static func digits(
        _ literal: UnsafeRawBufferPointer, _ at: inout Int, most: Int, _ value: (UInt8) -> UInt8?
    ) -> [UInt8]? {
        var result: [UInt8] = []
        while at < literal.count, result.count < most, let digit = value(literal[at]) {
            result.append(digit)
            at += 1
        }
        return result.isEmpty ? nil : result
    }

    private static func codePoint(_ literal: UnsafeRawBufferPointer, _ at: inout Int, _ count: Int) -> UInt32? {
        guard let value = digits(literal, &at, most: count, hexValue), value.count == count else { return nil }
        return value.reduce(0) { $0 << 4 | UInt32($1) }
    }

    /// `\uXXXX` (also as a pair of surrogates) or `\UXXXXXXXX`.
    private static func unicode(
        _ literal: UnsafeRawBufferPointer, _ at: inout Int, _ count: Int, _ bytes: inout [UInt8]
    ) -> String? {
        guard var point = codePoint(literal, &at, count) else {
            return "Expected \(count) hex digits for \\\(count == 4 ? "u" : "U") escape sequence."
        }
        if count == 4, 0xd800..<0xdc00 ~= point, at + 1 < literal.count, literal[at] == UInt8(ascii: "\\"),
            literal[at + 1] == UInt8(ascii: "u")
        {
            at += 2
            guard let low = codePoint(literal, &at, 4), 0xdc00..<0xe000 ~= low else {
                return "A high surrogate must be followed by a low one."
            }
            point = 0x10000 + (point - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(point) else { return "The escape names no Unicode character." }
        bytes.append(contentsOf: Array(String(scalar).utf8))
        return nil
    }
}

extension TextEscapes {
    /// `bytes` as a literal with its quotes; in text, characters beyond ASCII stay as they are.
    static func encode(_ bytes: UnsafeRawBufferPointer, isText: Bool) -> String {
        var literal: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"): literal += Array("\\n".utf8)
            case UInt8(ascii: "\r"): literal += Array("\\r".utf8)
            case UInt8(ascii: "\t"): literal += Array("\\t".utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): literal += [UInt8(ascii: "\\"), byte]
            case 0x20..<0x7f: literal.append(byte)
            case 0x80... where isText: literal.append(byte)
            default:
                let digits = [byte >> 6, byte >> 3 & 7, byte & 7].map { $0 + UInt8(ascii: "0") }
                literal += [UInt8(ascii: "\\")] + digits
            }
        }
        literal.append(UInt8(ascii: "\""))
        return String(decoding: literal, as: UTF8.self)
    }
}
