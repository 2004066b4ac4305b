import Glibc
import ServingCore

/// JSON on its way out: bytes that grow.
public struct JSONBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    public private(set) var count = 0
    /// Whether bytes are missing because there was no memory for them.
    public private(set) var isIncomplete = false

    public init() {}

    deinit { free(base) }

    /// What has been written.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// The memory with what has been written, which the caller must give to `free`; nil if there was not enough of it.
    public consuming func take() -> UnsafeRawBufferPointer? {
        guard !isIncomplete else { return nil }
        defer { base = nil }
        return bytes
    }

    /// Makes room for `additional` bytes; without memory for them nothing more is written.
    private mutating func grow(_ additional: Int) -> Bool {
        guard !isIncomplete else { return false }
        let wanted = max(count + additional, capacity * 2, 256)
        guard let larger = realloc(base, wanted) else {
            isIncomplete = true
            return false
        }
        base = larger.assumingMemoryBound(to: UInt8.self)
        capacity = wanted
        return true
    }

    /// Calls `body` with room for `limit` bytes; it returns how many it wrote there.
    @inline(__always)
    mutating func append(atMost limit: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if capacity - count < limit, !grow(limit) { return }
        guard let base else { return }
        count += body(base + count)
    }

    @inline(__always)
    public mutating func append(byte: UInt8) {
        append(atMost: 1) { target in
            target[0] = byte
            return 1
        }
    }

    @inline(__always)
    public mutating func append(_ text: StaticString) {
        append(atMost: text.utf8CodeUnitCount) { target in
            target.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
            return text.utf8CodeUnitCount
        }
    }

    public mutating func append(raw bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        append(atMost: bytes.count) { target in
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
            return bytes.count
        }
    }

    /// The text as a string.
    public mutating func append(string text: String) {
        var text = text
        text.withUTF8 { append(string: UnsafeRawBufferPointer($0)) }
    }

    /// `bytes`, whatever they are, as a string: quotation marks, backslashes and control characters are escaped.
    public mutating func append(string bytes: UnsafeRawBufferPointer) {
        append(byte: UInt8(ascii: "\""))
        var start = 0
        for index in bytes.indices where JSONBuffer.isEscaped(bytes[index]) {
            append(raw: UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            appendEscape(bytes[index])
            start = index + 1
        }
        append(raw: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        append(byte: UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 8: append("\\b")
        case 9: append("\\t")
        case 10: append("\\n")
        case 12: append("\\f")
        case 13: append("\\r")
        default:
            append("\\u00")
            for digit in [byte >> 4, byte & 15] {
                append(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
            }
        }
    }

    /// `bytes` as `{"b64": "…"}`.
    public mutating func append(base64 bytes: UnsafeRawBufferPointer) {
        append("{\"b64\": \"")
        append(atMost: (bytes.count + 2) / 3 * 4) { Base64.write(bytes, to: $0) }
        append("\"}")
    }
}
