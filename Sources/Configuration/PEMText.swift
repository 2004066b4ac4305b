/// Text that holds keys and certificates, as OpenSSL writes it: blocks of base64 between lines that name them.
public struct PEMText {
    /// One block.
    public struct Block {
        /// What the first line calls it, such as `CERTIFICATE`.
        public var label: String
        /// What is wrong with its content; nil if it is one DER value. Never quotes the content.
        public var fault: String?
    }

    public private(set) var blocks: [Block] = []
    /// What is wrong around the blocks, such as a missing last line.
    public private(set) var fault: String?

    private static let opening = "-----BEGIN "
    private static let closing = "-----END "
    private static let dashes = "-----"

    public init(_ text: String) {
        var current: (label: String, lines: [Substring])?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingBlanks
            if line.hasPrefix(PEMText.opening) {
                if let current { fault = "the block \(current.label) has no END line" }
                guard let label = PEMText.label(line, PEMText.opening) else {
                    fault = "a BEGIN line has more behind its dashes: each line needs a line break (\\n) at its end"
                    return
                }
                current = (label, [])
            } else if line.hasPrefix(PEMText.closing) {
                guard let block = current, PEMText.label(line, PEMText.closing) == block.label else {
                    fault = "an END line does not fit the BEGIN line before it"
                    return
                }
                blocks.append(Block(label: block.label, fault: PEMText.fault(in: block.lines)))
                current = nil
            } else {
                current?.lines.append(line)
            }
        }
        if let current { fault = "the block \(current.label) has no END line" }
    }

    /// Whether a file begins as PEM does.
    static func isPEM(_ text: UnsafeRawBufferPointer) -> Bool {
        let start = text.prefix(4096).drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
        return start.starts(with: opening.utf8)
    }

    private static func label(_ line: Substring, _ prefix: String) -> String? {
        guard line.hasSuffix(dashes), line.utf8.count >= prefix.utf8.count + dashes.utf8.count else { return nil }
        let label = line.dropFirst(prefix.count).dropLast(dashes.count)
        return label.contains("-") || label.isEmpty ? nil : String(label)
    }

    /// What is wrong with the lines of a block.
    private static func fault(in lines: [Substring]) -> String? {
        // Old encrypted keys have headers before the base64.
        if lines.contains(where: { $0.hasPrefix("Proc-Type:") && $0.contains("ENCRYPTED") }) {
            return "is protected by a passphrase, which nobody can enter"
        }
        guard let bytes = base64(lines.lazy.flatMap(\.utf8)) else { return "is not base64" }
        guard bytes.count >= 2, bytes[0] == 0x30, derLength(bytes) == bytes.count else {
            return "is cut off or damaged: its content does not end where its header says"
        }
        return nil
    }

    /// Bytes that the DER value at the start of `bytes` takes; nil if its header is malformed.
    private static func derLength(_ bytes: [UInt8]) -> Int? {
        let first = Int(bytes[1])
        if first < 0x80 { return 2 + first }
        let count = first & 0x7f
        guard (1...4).contains(count), bytes.count >= 2 + count else { return nil }
        return 2 + count + bytes[2..<2 + count].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func base64(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count, padding) = (UInt32(0), 0, 0)
        for letter in text {
            if letter == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = digit(letter) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 1
            guard count == 4 else { continue }
            bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
            (bits, count) = (0, 0)
        }
        switch (count, padding) {
        case (0, 0): return bytes
        case (2, 2): return bytes + [UInt8(bits >> 4 & 255)]
        case (3, 1): return bytes + [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
        default: return nil
        }
    }

    private static func digit(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var line = self
        while let last = line.last, last == " " || last == "\t" { line.removeLast() }
        return line.drop { $0 == " " || $0 == "\t" }
    }
}
