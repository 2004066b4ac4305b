import CProtobufC
import CServingProtos

/// Builds a message struct from a text, guided by the message's descriptor.
struct TextParser {
    let text: UnsafeRawBufferPointer
    private(set) var tokenizer: TextTokenizer
    private let limits: TextFormat.Limits
    let builder: MessageBuilder
    /// Takes the faults of a diagnosis, which goes on after each; nil: the first fault ends the reading.
    let recorder: TextRecorder?
    /// The token that is looked at next.
    private(set) var token: TextToken
    /// Lists (`[`) that are open in the field that is being read.
    var openLists = 0

    init(
        text: UnsafeRawBufferPointer, arena: MessageArena, limits: TextFormat.Limits, recorder: TextRecorder? = nil
    ) {
        self.text = text
        self.limits = limits
        self.recorder = recorder
        tokenizer = TextTokenizer(text)
        builder = MessageBuilder(arena: arena, memoryLimit: limits.memory)
        token = TextToken(kind: .end, start: 0, end: 0, line: 1, column: 1)
    }

    /// Reads the whole text as a message of `descriptor`.
    mutating func parse(_ descriptor: MessageDescriptor) throws(TextError) -> UnsafeMutablePointer<ProtobufCMessage> {
        try advance()
        return try message(descriptor, closing: nil, depth: 1)
    }

    // MARK: Tokens

    mutating func advance() throws(TextError) {
        guard let recorder else {
            token = try tokenizer.next()
            return
        }
        do throws(TextError) {
            token = try tokenizer.next()
        } catch {
            token = tokenizer.skipMalformed()
            try recorder.add(error, advice: advice(onMalformed: token))
        }
    }

    /// The token behind the one that is looked at; nil if it is malformed.
    var following: TextToken? {
        var ahead = tokenizer
        do throws(TextError) { return try ahead.next() } catch { return nil }
    }

    func bytes(of token: TextToken) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[token.start..<token.end])
    }

    func string(of token: TextToken) -> String { String(decoding: bytes(of: token), as: UTF8.self) }

    func error(_ what: String, at place: TextToken) -> TextError {
        TextError(line: place.line, column: place.column, what: what)
    }

    /// The token as error texts show it.
    func shown(_ token: TextToken) -> String {
        guard token.kind != .end else { return "the end of the text" }
        if let recorder, !recorder.showsValues { return "something else" }
        let text = string(of: token)
        return text.utf8.count > 64 ? "\"\(text.prefix(60))...\"" : "\"\(text)\""
    }

    func expected(_ what: String) -> TextError { error("Expected \(what), found \(shown(token)).", at: token) }

    func isSymbol(_ symbol: Unicode.Scalar) -> Bool {
        token.kind == .symbol && text[token.start] == UInt8(ascii: symbol)
    }

    /// Steps over `symbol` if it comes next.
    mutating func take(_ symbol: Unicode.Scalar) throws(TextError) -> Bool {
        guard isSymbol(symbol) else { return false }
        try advance()
        return true
    }

    /// Does `body`; if memory runs out in it, the error gets the position of `place`.
    func built<Result>(at place: TextToken, _ body: () -> Result?) throws(TextError) -> Result {
        if let result = body() { return result }
        var error = error("the message takes more than the limit of \(limits.memory) bytes of memory", at: place)
        error.isLimit = true
        error.isLast = true
        throw error
    }

    // MARK: Messages

    /// Reads fields up to `closing`, or to the end of the text if that is nil.
    private mutating func message(
        _ descriptor: MessageDescriptor, closing: Unicode.Scalar?, depth: Int
    ) throws(TextError) -> UnsafeMutablePointer<ProtobufCMessage> {
        guard depth <= limits.depth else {
            var fault = error("Message is nested deeper than \(limits.depth).", at: token)
            fault.isLast = true
            throw fault
        }
        let message = try built(at: token) { builder.makeMessage(descriptor) }
        var seen = SeenFields()
        while true {
            if let closing {
                if try take(closing) { return message }
                if token.kind == .end { try refuseEnd(expected("\"\(closing)\"")) }
            }
            if token.kind == .end { return message }
            if recorder == nil {
                try field(of: message, descriptor, &seen, depth)
            } else if try !fieldOrFault(of: message, descriptor, &seen, depth) {
                return message
            }
            if try !take(",") { _ = try take(";") }
        }
    }

    /// Reads `{ fields }` or `< fields >`.
    mutating func delimitedMessage(
        _ descriptor: MessageDescriptor, depth: Int
    ) throws(TextError) -> UnsafeMutablePointer<ProtobufCMessage> {
        let brace = token.place
        let closing: Unicode.Scalar
        if try take("{") {
            closing = "}"
        } else if try take("<") {
            closing = ">"
        } else {
            throw expected("\"{\"")
        }
        recorder?.open(descriptor, at: brace)
        defer { recorder?.close() }
        return try message(descriptor, closing: closing, depth: depth + 1)
    }

    mutating func field(
        of message: UnsafeMutablePointer<ProtobufCMessage>, _ descriptor: MessageDescriptor, _ seen: inout SeenFields,
        _ depth: Int
    ) throws(TextError) {
        if isSymbol("[") { return try bracketedField(of: message, descriptor, depth) }
        guard token.kind == .name else { throw expected("a field name") }
        let place = token
        guard let index = descriptor.fieldIndex(name: bytes(of: place)) else {
            throw unknownField(place, descriptor)
        }
        let field = descriptor.field(at: index)
        try advance()
        if !field.isRepeated { try refuseSecond(field, index, message, descriptor, &seen, place) }
        let colon = try take(":")
        guard colon || field.messageDescriptor != nil else { throw expected("\":\"") }
        guard field.isRepeated, isSymbol("[") else { return try value(of: field, place, in: message, depth) }
        try advance()
        if try take("]") { return }
        openLists += 1
        while true {
            try value(of: field, place, in: message, depth)
            if try take("]") { break }
            guard try take(",") else { throw expected("\",\" or \"]\"") }
        }
        openLists -= 1
    }

    private func refuseSecond(
        _ field: FieldDescriptor, _ index: Int, _ message: UnsafeMutablePointer<ProtobufCMessage>,
        _ descriptor: MessageDescriptor, _ seen: inout SeenFields, _ place: TextToken
    ) throws(TextError) {
        guard seen.insert(index) else {
            var fault = error("Non-repeated field \"\(field.name)\" is specified multiple times.", at: place)
            fault.notes = recorder?.earlier(field.name) ?? []
            throw fault
        }
        guard let other = builder.oneofCase(of: field, in: message), let index = descriptor.fieldIndex(number: other)
        else {
            return
        }
        let name = descriptor.field(at: index).name
        var fault = error(
            "Field \"\(field.name)\" is specified along with field \"\(name)\", another member of the same oneof.",
            at: place)
        fault.notes = recorder?.earlier(name) ?? []
        throw fault
    }

    private func unknownField(_ place: TextToken, _ descriptor: MessageDescriptor) -> TextError {
        var name = string(of: place)
        if let recorder, !recorder.showsValues, name.utf8.count > 32 { name = "\(name.prefix(4))..." }
        var fault = error("Message type \"\(descriptor.fullName)\" has no field named \"\(name)\".", at: place)
        fault.meant = NameSuggestion.nearest(to: name, in: descriptor.fields.map { String(cString: $0.name) })
        fault.isUnknownField = true
        return fault
    }

    /// Reads a value of `field`, whose name stands at `name`.
    private mutating func value(
        of field: FieldDescriptor, _ name: TextToken, in message: UnsafeMutablePointer<ProtobufCMessage>, _ depth: Int
    ) throws(TextError) {
        let place = token
        let node = recorder?.beginValue(of: field, at: name.place, value: place.place)
        defer { recorder?.endValue() }
        if let descriptor = field.messageDescriptor {
            let child = try delimitedMessage(descriptor, depth: depth)
            try built(at: place) { builder.store(child, field, message) }
        } else {
            let value = try scalar(field)
            try built(at: place) { builder.store(value, field, message) }
        }
        node?.isWhole = true
    }

    // MARK: Any

    /// Reads `[type.googleapis.com/package.Message] { fields }` inside of an `Any`.
    private mutating func bracketedField(
        of message: UnsafeMutablePointer<ProtobufCMessage>, _ descriptor: MessageDescriptor, _ depth: Int
    ) throws(TextError) {
        let place = token
        try advance()
        let start = token.start
        var end = start
        while token.kind != .end, !isSymbol("]") {
            end = token.end
            try advance()
        }
        let url = String(decoding: text[start..<end], as: UTF8.self)
        guard try take("]") else { throw expected("\"]\"") }
        guard descriptor == Google__Protobuf__Any.descriptor else {
            throw error(
                "Extension \"\(url)\" is not defined or is not an extension of \"\(descriptor.fullName)\".", at: place)
        }
        let name = url.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? url
        guard url.contains("/"), let content = MessageDescriptors.find(name) else {
            throw error("Could not find type \"\(url)\" stored in google.protobuf.Any.", at: place)
        }
        _ = try take(":")
        let child = try delimitedMessage(content, depth: depth)
        let any = UnsafeMutableRawPointer(message).assumingMemoryBound(to: Google__Protobuf__Any.self)
        guard String(proto: any.pointee.type_url).isEmpty, any.pointee.value.len == 0 else {
            throw error("Non-repeated Any specified multiple times.", at: place)
        }
        let packed = ProtoPacking.packed(UnsafePointer(child))
        let typeURL = Array(url.utf8)
        any.pointee.type_url = try built(at: place) { builder.makeString(typeURL) }
        any.pointee.value = try built(at: place) { builder.makeBytes(packed) }
    }
}

/// Which singular fields of one message have been given.
struct SeenFields {
    private var low: UInt128 = 0
    private var high: Set<Int> = []

    /// False if `index` was in already.
    mutating func insert(_ index: Int) -> Bool {
        guard index < 128 else { return high.insert(index).inserted }
        let bit: UInt128 = 1 << UInt128(index)
        defer { low |= bit }
        return low & bit == 0
    }
}
