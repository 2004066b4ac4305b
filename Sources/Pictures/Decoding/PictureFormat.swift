/// What kind of file some bytes are, as far as their beginning tells.
public enum PictureFormat: Sendable, Hashable {
    case png
    case jpeg
    /// Anything else, in words for an error text.
    case other(String)

    public init(_ bytes: UnsafeRawBufferPointer) {
        func begins(_ signature: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + signature.count && bytes[offset...].starts(with: signature)
        }
        func begins(_ signature: String, at offset: Int = 0) -> Bool { begins(Array(signature.utf8), at: offset) }
        if begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if begins([0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if begins("GIF8") {
            self = .other("a GIF picture")
        } else if begins("RIFF"), begins("WEBP", at: 8) {
            self = .other("a WebP picture")
        } else if begins("BM") {
            self = .other("a BMP picture")
        } else if begins([0x49, 0x49, 0x2a, 0]) || begins([0x4d, 0x4d, 0, 0x2a]) {
            self = .other("a TIFF picture")
        } else if begins("ftyp", at: 4) {
            self = .other("a HEIF, AVIF or video file")
        } else if begins([0xff, 0x0a]) || begins([0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]) {
            self = .other("a JPEG XL picture")
        } else if begins("%PDF") {
            self = .other("a PDF file")
        } else {
            self = .other(PictureFormat.beginning(of: bytes))
        }
    }

    /// The first bytes, as text if they are text.
    private static func beginning(of bytes: UnsafeRawBufferPointer) -> String {
        guard !bytes.isEmpty else { return "nothing" }
        let first = bytes.prefix(16)
        guard first.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else {
            return "\(bytes.count) bytes that begin with \"\(String(decoding: first, as: UTF8.self))\""
        }
        let digits = first.prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\(bytes.count) bytes that begin with \(digits.joined(separator: " "))"
    }
}
