import Glibc
import ServingCore

/// The tape of a text that `JSONScanner` reads.
final class ScannedTape: @unchecked Sendable {  // written only by the scanner, before anybody else sees it
    let words: UnsafeMutablePointer<UInt64>
    let strings: UnsafeMutablePointer<UInt8>
    /// Words so far.
    private(set) var count = 0
    /// Bytes of the strings so far.
    private(set) var stringBytes = 0

    /// Longer texts have no place on a tape.
    static let maximumBytes = 0xffff_ffff - 64

    /// Room for any text of `textBytes` bytes: a value of two words stands before a comma or an end, and the first and last word
    /// are of nothing; an empty string takes five bytes and stands for three. What is not used takes no memory.
    ///
    /// Throws RESOURCE_EXHAUSTED if there is none.
    init(forText textBytes: Int) throws(Status) {
        guard textBytes <= ScannedTape.maximumBytes,
            let words = malloc((textBytes + 8) * 8), let strings = malloc(textBytes / 3 * 5 + 16)
        else { throw .resourceExhausted("no memory is left to read \(textBytes) bytes of JSON") }
        self.words = words.assumingMemoryBound(to: UInt64.self)
        self.strings = strings.assumingMemoryBound(to: UInt8.self)
    }

    deinit {
        free(words)
        free(strings)
    }

    func append(_ tag: Character, _ payload: UInt64) {
        words[count] = UInt64(tag.asciiValue ?? 0) << 56 | payload
        count += 1
    }

    /// Appends a number, whose value is a word of its own.
    func append(_ tag: Character, bits: UInt64) {
        append(tag, 0)
        words[count] = bits
        count += 1
    }

    func setPayload(of index: Int, _ payload: Int) { words[index] = words[index] & (0xff << 56) | UInt64(payload) }

    /// Begins a string; `append(byte:)` and `endString` follow.
    func beginString() {
        append("\"", UInt64(stringBytes))
        stringBytes += 4
    }

    func append(byte: UInt8) {
        strings[stringBytes] = byte
        stringBytes += 1
    }

    func endString() {
        let start = Int(words[count - 1] & 0x00ff_ffff_ffff_ffff)
        UnsafeMutableRawPointer(strings + start)
            .storeBytes(of: UInt32(truncatingIfNeeded: stringBytes - start - 4), as: UInt32.self)
        append(byte: 0)
    }
}
