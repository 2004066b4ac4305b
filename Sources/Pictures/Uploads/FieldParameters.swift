/// A header field such as `form-data; name="image"; filename="dog.png"`.
struct FieldParameters {
    /// What stands before the first semicolon, without white space around it.
    let value: String
    /// Names are in lower case.
    private let parameters: [(name: String, value: String)]

    /// Reads what can be read; a parameter that is malformed is left out.
    init(_ text: String) {
        var reader = Reader(text)
        value = Reader.trimmed(reader.upTo([UInt8(ascii: ";")]))
        var parameters: [(name: String, value: String)] = []
        while reader.pass(UInt8(ascii: ";")) {
            let name = Reader.trimmed(reader.upTo([UInt8(ascii: "="), UInt8(ascii: ";")])).lowercased()
            guard reader.pass(UInt8(ascii: "=")) else { continue }
            parameters.append((name: name, value: reader.parameterValue()))
        }
        self.parameters = parameters
    }

    /// The value of the first parameter called `name`, which is in lower case.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ text: String) { bytes = Array(text.utf8) }

        static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
            let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
            let front = bytes.drop(while: isBlank)
            let end = front.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? front.startIndex
            return String(decoding: front[front.startIndex..<end], as: UTF8.self)
        }

        mutating func upTo(_ stops: [UInt8]) -> ArraySlice<UInt8> {
            let start = position
            while position < bytes.count, !stops.contains(bytes[position]) { position += 1 }
            return bytes[start..<position]
        }

        mutating func pass(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A token, or text in quotation marks in which backslashes keep marks and backslashes.
        mutating func parameterValue() -> String {
            while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
            guard pass(UInt8(ascii: "\"")) else { return Reader.trimmed(upTo([UInt8(ascii: ";")])) }
            var content: [UInt8] = []
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                let isEscape = bytes[position] == UInt8(ascii: "\\") && position + 1 < bytes.count
                let next = isEscape ? bytes[position + 1] : 0
                if isEscape, next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") { position += 1 }
                content.append(bytes[position])
                position += 1
            }
            _ = upTo([UInt8(ascii: ";")])
            return String(decoding: content, as: UTF8.self)
        }
    }
}
