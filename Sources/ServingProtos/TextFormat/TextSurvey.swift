/// What a look at a text tells without knowing its type.
public struct TextSurvey: Sendable {
    /// The names of fields outside of all braces, and the places of the first 100.
    public private(set) var names: [String] = []
    /// The names of fields inside of one pair of braces, in the same way.
    public private(set) var innerNames: [String] = []
    /// Opening braces without a closing one; negative: closing ones are too many.
    public private(set) var missingBraces = 0
    /// Whether the text holds anything but blanks and comments.
    public private(set) var isEmpty = true
    /// Whether the text begins with a brace, as JSON does.
    public private(set) var beginsWithBrace = false

    private static let mostNames = 100

    public init(_ text: UnsafeRawBufferPointer) {
        var tokenizer = TextTokenizer(text)
        var last: TextToken?
        while true {
            let token = TextSurvey.next(&tokenizer)
            if token.kind == .end { return }
            if isEmpty {
                isEmpty = false
                beginsWithBrace = text[token.start] == UInt8(ascii: "{")
            }
            if token.kind == .symbol { note(text[token.start], after: last, in: text) }
            last = token
        }
    }

    private static func next(_ tokenizer: inout TextTokenizer) -> TextToken {
        do throws(TextError) { return try tokenizer.next() } catch { return tokenizer.skipMalformed() }
    }

    private mutating func note(_ symbol: UInt8, after last: TextToken?, in text: UnsafeRawBufferPointer) {
        switch symbol {
        case UInt8(ascii: "{"):
            noteName(last, in: text)
            missingBraces += 1
        case UInt8(ascii: "}"): missingBraces -= 1
        case UInt8(ascii: ":"), UInt8(ascii: "="): noteName(last, in: text)
        default: break
        }
    }

    private mutating func noteName(_ token: TextToken?, in text: UnsafeRawBufferPointer) {
        guard let token, token.end - token.start < 256 else { return }
        var bytes = text[token.start..<token.end]
        // JSON writes names in quotes, and one pair of braces around everything.
        if token.kind == .string { bytes = bytes.dropFirst().dropLast() } else if token.kind != .name { return }
        let name = String(decoding: bytes, as: UTF8.self)
        switch missingBraces - (beginsWithBrace ? 1 : 0) {
        case 0: if names.count < TextSurvey.mostNames, names.last != name { names.append(name) }
        case 1: if innerNames.count < TextSurvey.mostNames, innerNames.last != name { innerNames.append(name) }
        default: break
        }
    }
}

extension TextSurvey {
    /// How well the text fits a message of `descriptor`: 0 if nothing in it speaks for that. Fields in their right place
    /// say most, then those that belong deeper, then names that are nearly right.
    public func resemblance(to descriptor: MessageDescriptor) -> (score: Int, name: String?) {
        var best: (points: Int, name: String)?
        var score = 0
        for name in names {
            let points = TextSurvey.points(of: name, in: descriptor)
            score += points
            if points > best?.points ?? 0 { best = (points, name) }
        }
        let contents = descriptor.fields.indices.compactMap { descriptor.field(at: $0).messageDescriptor }
        for name in innerNames where contents.contains(where: { $0.fieldIndex(name: name) != nil }) { score += 1 }
        return (score, best?.name)
    }

    private static func points(of name: String, in descriptor: MessageDescriptor) -> Int {
        if descriptor.fieldIndex(name: name) != nil { return 8 }
        if descriptor.path(to: name) != nil { return 3 }
        let fields = descriptor.fields.map { String(cString: $0.name) }
        return NameSuggestion.nearest(to: name, in: fields) == nil ? 0 : 2
    }
}
