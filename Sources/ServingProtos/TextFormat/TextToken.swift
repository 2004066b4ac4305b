/// A piece of a text: a name, number, string or a single punctuation character.
struct TextToken {
    enum Kind {
        case name
        /// A number without fraction and exponent: decimal, octal with a leading 0, or hexadecimal.
        case integer
        case float
        case string
        case symbol
        /// What a diagnosis steps over after a fault in a token.
        case malformed
        case end
    }

    var kind: Kind
    /// The bytes in the text, for a string with its quotes.
    var start: Int
    var end: Int
    var line: Int
    var column: Int

    var place: TextPlace { TextPlace(line: line, column: column) }
}

/// Cuts a text into tokens; knows comments and strings but no escapes and no fields.
struct TextTokenizer {
    let text: UnsafeRawBufferPointer
    private var at = 0
    private var line = 1
    private var lineStart = 0
    /// Where the token begins that was looked for last.
    private var tokenStart = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        // A byte order mark says nothing.
        if text.count >= 3, text[0] == 0xef, text[1] == 0xbb, text[2] == 0xbf { at = 3 }
        lineStart = at
    }

    private func error(_ what: String, at position: Int) -> TextError {
        TextError(line: line, column: position - lineStart + 1, what: what)
    }

    /// The next token; an `end` token forever at the end of the text.
    mutating func next() throws(TextError) -> TextToken {
        skipSpace()
        let start = at
        tokenStart = start
        guard at < text.count else { return token(.end, from: start) }
        let byte = text[at]
        if isLetter(byte) {
            while at < text.count, isLetter(text[at]) || isDigit(text[at]) { at += 1 }
            return token(.name, from: start)
        }
        let dotStartsNumber = byte == UInt8(ascii: ".") && at + 1 < text.count && isDigit(text[at + 1])
        if isDigit(byte) || dotStartsNumber { return try number() }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return try string(quote: byte) }
        guard byte > 0x20, byte < 0x7f else {
            let name = byte < 0x80 ? "control character" : "non-ASCII character"
            throw error("Invalid \(name) outside of a string.", at: at)
        }
        at += 1
        return token(.symbol, from: start)
    }

    private func token(_ kind: TextToken.Kind, from start: Int) -> TextToken {
        TextToken(kind: kind, start: start, end: at, line: line, column: start - lineStart + 1)
    }

    private mutating func skipSpace() {
        while at < text.count {
            switch text[at] {
            case UInt8(ascii: "\n"):
                at += 1
                line += 1
                lineStart = at
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0b, 0x0c: at += 1
            case UInt8(ascii: "#"):
                while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
            default: return
            }
        }
    }

    private mutating func digits() {
        while at < text.count, isDigit(text[at]) { at += 1 }
    }

    private func peek(_ characters: UInt8...) -> Bool { at < text.count && characters.contains(text[at]) }

    private mutating func number() throws(TextError) -> TextToken {
        let start = at
        if text[at] == UInt8(ascii: "0"), at + 1 < text.count, text[at + 1] | 0x20 == UInt8(ascii: "x") {
            at += 2
            let first = at
            while at < text.count, hexValue(text[at]) != nil { at += 1 }
            guard at > first else { throw error("\"0x\" must be followed by hex digits.", at: at) }
            try endNumber()
            return token(.integer, from: start)
        }
        digits()
        var kind = TextToken.Kind.integer
        if peek(UInt8(ascii: ".")) {
            kind = .float
            at += 1
            digits()
        }
        if peek(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            kind = .float
            at += 1
            if peek(UInt8(ascii: "+"), UInt8(ascii: "-")) { at += 1 }
            let first = at
            digits()
            guard at > first else { throw error("\"e\" must be followed by exponent.", at: at) }
        }
        if peek(UInt8(ascii: "f"), UInt8(ascii: "F")) {
            kind = .float
            at += 1
        }
        if kind == .integer, text[start] == UInt8(ascii: "0") {
            for position in start..<at where text[position] > UInt8(ascii: "7") {
                throw error("Numbers starting with leading zero must be in octal.", at: position)
            }
        }
        try endNumber()
        return token(kind, from: start)
    }

    private func endNumber() throws(TextError) {
        guard at < text.count else { return }
        if isLetter(text[at]) || isDigit(text[at]) { throw error("Need space between number and identifier.", at: at) }
        if text[at] == UInt8(ascii: ".") {
            throw error("Already saw decimal point or exponent; can't have another one.", at: at)
        }
    }

    private mutating func string(quote: UInt8) throws(TextError) -> TextToken {
        let start = at
        at += 1
        while at < text.count, text[at] != quote {
            guard text[at] != UInt8(ascii: "\n") else {
                throw error("String literals cannot cross line boundaries.", at: at)
            }
            if text[at] == UInt8(ascii: "\\") {
                at += 1
                guard at < text.count, text[at] != UInt8(ascii: "\n") else { break }
            }
            at += 1
        }
        guard at < text.count else { throw error("Unexpected end of string.", at: start) }
        guard text[at] == quote else { throw error("String literals cannot cross line boundaries.", at: at) }
        at += 1
        return token(.string, from: start)
    }
}

extension TextTokenizer {
    /// Steps over the token that `next` has just refused, so that the text behind it can be read.
    mutating func skipMalformed() -> TextToken {
        let (start, line, column) = (tokenStart, line, tokenStart - lineStart + 1)
        switch text[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): skipOpenString(quote: text[start])
        case let byte where isDigit(byte) || byte == UInt8(ascii: "."):
            while at < text.count, isLetter(text[at]) || isDigit(text[at]) || text[at] == UInt8(ascii: ".") { at += 1 }
        default:
            while at < text.count, text[at] >= 0x7f || text[at] < 0x20, text[at] != UInt8(ascii: "\n") { at += 1 }
        }
        at = max(at, min(start + 1, text.count))
        return TextToken(kind: .malformed, start: start, end: at, line: line, column: column)
    }

    /// Goes to the end of the line on which a string was left open; or behind its end on a later line, if nothing in
    /// between looks like a field, as in a key that was pasted between quotes.
    private mutating func skipOpenString(quote: UInt8) {
        while at < text.count, text[at] != UInt8(ascii: "\n") { at += 1 }
        var end = at
        while end < text.count, end - at < 1 << 16, text[end] != quote {
            switch text[end] {
            case UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\""),
                UInt8(ascii: "'"):
                return
            default: end += 1
            }
        }
        guard end < text.count, text[end] == quote else { return }
        for position in at..<end where text[position] == UInt8(ascii: "\n") {
            line += 1
            lineStart = position + 1
        }
        at = end + 1
    }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") }

/// The value of a hexadecimal digit.
func hexValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte - UInt8(ascii: "0") }
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : nil
}
