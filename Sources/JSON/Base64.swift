/// Bytes as text of 64 letters, RFC 4648 section 4.
public enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// Appends the text for `bytes`, padded.
    public static func encode(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let rest = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < rest ? UInt32(bytes[index + offset]) : 0) }
            for letter in 0..<4 {
                text.append(letter <= rest ? letters[Int(group >> UInt32(18 - 6 * letter) & 63)] : UInt8(ascii: "="))
            }
            index += 3
        }
    }

    /// Writes the text for `bytes`, padded, to `target`, and returns how long it is: four letters for three bytes.
    static func write(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Int {
        letters.withUnsafeBufferPointer { letters in
            var (index, count) = (0, 0)
            while index < bytes.count {
                let rest = min(3, bytes.count - index)
                var group = UInt32(bytes[index]) << 16
                if rest > 1 { group |= UInt32(bytes[index + 1]) << 8 }
                if rest > 2 { group |= UInt32(bytes[index + 2]) }
                target[count] = letters[Int(group >> 18)]
                target[count + 1] = letters[Int(group >> 12 & 63)]
                target[count + 2] = rest > 1 ? letters[Int(group >> 6 & 63)] : UInt8(ascii: "=")
                target[count + 3] = rest > 2 ? letters[Int(group & 63)] : UInt8(ascii: "=")
                index += 3
                count += 4
            }
            return count
        }
    }

    /// The bytes for `text`; its padding may be missing. Nil if it is malformed.
    public static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1, end == text.count || text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end / 4 * 3 + 2)
        var group: UInt32 = 0
        var bits = 0
        for index in 0..<end {
            let value = values[Int(text[index])]
            guard value != 0xff else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return bytes
    }

    /// The same, but white space is read over, and padding is either whole or not there.
    public static func decodeLeniently(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        if let bytes = decode(text) { return bytes }
        let letters = text.filter { $0 != 0x20 && !(0x09...0x0d).contains($0) }
        guard letters.count < text.count else { return nil }
        return letters.withUnsafeBytes { decode($0) }
    }
}
