/// Positions of characters in bytes that are meant to be UTF-8.
enum UTF8Text {
    /// True for the bytes that characters begin with; only continuation bytes do not begin one.
    @inline(__always) static func isStart(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }

    static func characterCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in bytes where isStart(byte) { count += 1 }
        return count
    }

    /// Where the character begins that has `count` characters before it; the end of the text if there are too few.
    static func offset(ofCharacter count: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        var seen = 0
        for (offset, byte) in bytes.enumerated() where isStart(byte) {
            if seen == count { return offset }
            seen += 1
        }
        return bytes.count
    }
}
