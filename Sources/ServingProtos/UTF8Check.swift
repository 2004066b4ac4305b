/// Says whether bytes can be a `string` field: UTF-8, and without a zero byte, which would end the C string early.
enum UTF8Check {
    /// The position of the first byte that is zero or not part of a well-formed character; nil if there is none.
    static func firstInvalidByte(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte < 0x80 {
                if byte == 0 { return at }
                at += 1
                continue
            }
            guard let length = characterLength(bytes, at) else { return at }
            at += length
        }
        return nil
    }

    /// Bytes of the character at `at`, which is not ASCII; nil if it is malformed.
    private static func characterLength(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int? {
        let first = bytes[at]
        // The range of the second byte keeps out overlong forms, surrogates and what lies above U+10FFFF.
        let (length, second): (Int, ClosedRange<UInt8>)
        switch first {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard at + length <= bytes.count, second.contains(bytes[at + 1]) else { return nil }
        for offset in 2..<max(length, 2) where bytes[at + offset] & 0xc0 != 0x80 { return nil }
        return length
    }
}
