/// The text of a status on its way into the `grpc-message` trailer.
enum StatusMessage {
    /// TensorFlow Serving cuts longer texts, so that they fit into a client's limit for headers.
    static let maxBytes = 1024
    private static let cutMark = "...TRUNCATED"

    /// `message` cut to `maxBytes`, with a mark if something is missing.
    static func truncated(_ message: String) -> [UInt8] {
        let bytes = Array(message.utf8.prefix(maxBytes + 1))
        guard bytes.count > maxBytes else { return bytes }
        return Array(bytes.prefix(maxBytes)) + Array(cutMark.utf8)
    }

    /// Percent-encoded: printable ASCII except `%` stays as it is.
    static func encoded(_ bytes: [UInt8]) -> String {
        let printable = UInt8(ascii: " ")...UInt8(ascii: "~")
        if bytes.allSatisfy({ printable.contains($0) && $0 != UInt8(ascii: "%") }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 3)
        for byte in bytes {
            if printable.contains(byte), byte != UInt8(ascii: "%") {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
