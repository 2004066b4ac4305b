extension JSONElement {
    /// The value as TensorFlow Serving shows it in errors: lists on one line, objects with a member on each line; after 256 bytes it
    /// breaks off behind the token that went beyond them. Nothing is written from a number on that JSON does not have.
    public var shownText: String {
        var printer = ShownText()
        _ = printer.append(self, level: 0)
        return printer.text
    }

    /// What the value is, in RapidJSON's words.
    public var typeName: String {
        switch kind {
        case .null: "Null"
        case .bool(let value): value ? "True" : "False"
        case .integer, .unsigned, .real: "Number"
        case .string: "String"
        case .array: "Array"
        case .object: "Object"
        }
    }
}

private struct ShownText {
    private var buffer: [UInt8] = []

    private static let limit = 256
    /// A single string is cut off here.
    private static let stringLimit = 4096

    var text: String { String(decoding: buffer, as: UTF8.self) }

    private var isFull: Bool { buffer.count >= ShownText.limit }

    /// False if nothing may follow. Each level has written at least one byte, so that there are not many.
    mutating func append(_ element: JSONElement, level: Int) -> Bool {
        guard !isFull else { return false }
        switch element.kind {
        case .null: buffer += "null".utf8
        case .bool(let value): buffer += (value ? "true" : "false").utf8
        case .integer(let value): buffer += String(value).utf8
        case .unsigned(let value): buffer += String(value).utf8
        case .real(let value):
            guard value.isFinite else { return false }
            buffer += ShownText.real(value).utf8
        case .string: append(string: element.bytes)
        case .array: return appendList(element, level: level)
        case .object: return appendObject(element, level: level)
        }
        return true
    }

    private mutating func append(string bytes: UnsafeRawBufferPointer) {
        var escaped = JSONBuffer()
        escaped.append(string: UnsafeRawBufferPointer(rebasing: bytes.prefix(ShownText.stringLimit)))
        buffer += escaped.bytes
    }

    private mutating func appendList(_ list: JSONElement, level: Int) -> Bool {
        buffer.append(UInt8(ascii: "["))
        var next = list.at(list.index + 1)
        let last = list.end - 1
        while next.index < last {
            guard !isFull else { return false }
            if next.index > list.index + 1 { buffer += ", ".utf8 }
            guard append(next, level: level + 1) else { return false }
            next = list.at(next.end)
        }
        guard !isFull else { return false }
        buffer.append(UInt8(ascii: "]"))
        return true
    }

    private mutating func appendObject(_ object: JSONElement, level: Int) -> Bool {
        buffer.append(UInt8(ascii: "{"))
        var next = object.at(object.index + 1)
        let last = object.end - 1
        while next.index < last {
            guard !isFull else { return false }
            if next.index > object.index + 1 { buffer.append(UInt8(ascii: ",")) }
            appendLine(level + 1)
            append(string: next.bytes)
            guard !isFull else { return false }
            buffer += ": ".utf8
            let value = object.at(next.index + 1)
            guard append(value, level: level + 1) else { return false }
            next = object.at(value.end)
        }
        guard !isFull else { return false }
        if object.index + 1 < last { appendLine(level) }
        buffer.append(UInt8(ascii: "}"))
        return true
    }

    private mutating func appendLine(_ level: Int) {
        buffer.append(UInt8(ascii: "\n"))
        buffer += [UInt8](repeating: UInt8(ascii: " "), count: 4 * level)
    }

    /// The shortest digits that read back as `value`; without an exponent from 10⁻⁶ to 10²¹.
    private static func real(_ value: Double) -> String {
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        let sign = value < 0 ? "-" : ""
        // Swift's description has the shortest digits.
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        var digits = mantissa.joined()
        var point = mantissa[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        let count = digits.utf8.count
        if count <= point, point <= 21 { return sign + digits + String(repeating: "0", count: point - count) + ".0" }
        if 0 < point, point <= 21 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
        if -6 < point, point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        let rest = count > 1 ? "." + digits.dropFirst() : ""
        return sign + digits.prefix(1) + rest + "e\(point - 1)"
    }
}
