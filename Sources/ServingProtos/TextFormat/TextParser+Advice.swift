import CProtobufC

// What somebody who made a mistake in a text probably wanted, and how that is written.

extension TextParser {
    /// What helps against `error`, which was found in the field of `descriptor` that begins at `start`.
    func advice(on error: TextError, _ start: TextToken, _ descriptor: MessageDescriptor) -> String? {
        guard start.kind == .name, let index = descriptor.fieldIndex(name: bytes(of: start)) else {
            return adviceOnStart(start, descriptor)
        }
        if let meant = error.meant { return "did you mean \"\(meant)\"?" }
        // Faults in front of the present token say all there is to say.
        guard error.place == token.place else { return nil }
        let field = descriptor.field(at: index)
        if isSymbol("=") { return "write \(form(field))" }
        if isSymbol("["), !field.isRepeated { return "\"\(field.name)\" takes one value: \(form(field))" }
        if field.messageDescriptor != nil { return adviceOnMessage(field) }
        return adviceOnScalar(field)
    }

    /// What helps against a token that cannot be cut from the text.
    func advice(onMalformed token: TextToken) -> String? {
        guard token.kind == .malformed, let first = bytes(of: token).first else { return nil }
        switch first {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return "close the quote on the same line; a text of several lines is written as a string for each line, "
                + "one below the other, with \\n at their ends"
        case 0x80...: return "put texts in quotes; characters like typographic quotes do not count as such"
        default: return nil
        }
    }

    private func adviceOnStart(_ start: TextToken, _ descriptor: MessageDescriptor) -> String? {
        switch start.kind {
        case .string: return "names of fields are written without quotes"
        case .integer, .float: return "several values of a field are written as a list: name: [1, 2]"
        case .symbol: break
        default: return nil
        }
        switch text[start.start] {
        case UInt8(ascii: "/"): return "comments begin with #"
        case UInt8(ascii: "{"):
            return "a text begins with the name of a field, not with a brace: \(fieldNames(descriptor))"
        case UInt8(ascii: "}"), UInt8(ascii: ">"), UInt8(ascii: "]"):
            return "nothing is open that it could close: is one too many before it?"
        case UInt8(ascii: "-"): return "lists are written as name: [a, b], or by repeating the field"
        default: return nil
        }
    }

    private func adviceOnMessage(_ field: FieldDescriptor) -> String? {
        guard let content = field.messageDescriptor, !isSymbol("}"), token.kind != .end else {
            return "write \(form(field))"
        }
        let isWrapper = content.fields.count == 1 && content.field(at: 0).name == "value"
        if isWrapper, token.kind != .symbol, recorder?.showsValues != false {
            return "write \(field.name) { value: \(string(of: token)) }"
        }
        return "write \(form(field))"
    }

    private func adviceOnScalar(_ field: FieldDescriptor) -> String? {
        let isText = field.pointee.type == PROTOBUF_C_TYPE_STRING || field.pointee.type == PROTOBUF_C_TYPE_BYTES
        if isText {
            let isHere = token.kind != .symbol || text[token.start] == UInt8(ascii: "/")
            let value = isHere ? literal ?? "\"...\"" : "\"...\""
            return (token.kind == .string ? "write" : "texts stand in quotes:") + " \(field.name): \(value)"
        }
        let isCompound = isSymbol("{") || isSymbol("<")
        if isCompound { return "\"\(field.name)\" takes a plain value: \(form(field))" }
        if let values = field.enumDescriptor?.names { return "the values are \(values.joined(separator: ", "))" }
        if token.kind == .string { return "write the value without quotes: \(form(field))" }
        if let range = field.range, token.kind != .name { return "\"\(field.name)\" takes a whole number \(range)" }
        return "write \(form(field))"
    }

    /// The present token, and what follows it without a blank, as a text in quotes; nil if there is none or if values are
    /// nobody's business.
    private var literal: String? {
        guard token.kind != .end, recorder?.showsValues != false else { return nil }
        if token.kind == .string { return String(string(of: token).prefix(64)) }
        let word = text[token.start...].prefix(64).prefix { byte in
            byte > 0x20 && byte < 0x7f && !"\"'\\{}[]<>,;#".utf8.contains(byte)
        }
        return word.isEmpty ? nil : "\"\(String(decoding: word, as: UTF8.self))\""
    }

    /// How the field is written.
    private func form(_ field: FieldDescriptor) -> String {
        if let content = field.messageDescriptor {
            let inner = content.fields.first.map { _ in content.field(at: 0) }
            guard content.fields.count == 1, let inner, inner.messageDescriptor == nil else {
                return "\(field.name) { ... }"
            }
            return "\(field.name) { \(form(inner)) }"
        }
        let value =
            switch field.pointee.type {
            case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES: "\"...\""
            case PROTOBUF_C_TYPE_BOOL: "true"
            case PROTOBUF_C_TYPE_ENUM: field.enumDescriptor?.names.last ?? "0"
            case PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_DOUBLE: "0.5"
            default: "1"
            }
        return "\(field.name): \(value)"
    }

    // MARK: Names

    /// The fields of `descriptor`, for the reader who asks what is allowed.
    func listOfFields(_ descriptor: MessageDescriptor) -> String? {
        descriptor.fields.isEmpty ? "this message has no fields" : "the fields are \(fieldNames(descriptor))"
    }

    private func fieldNames(_ descriptor: MessageDescriptor) -> String {
        let names = descriptor.fields.map { String(cString: $0.name) }
        return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
    }
}

extension UnsafePointer where Pointee == ProtobufCMessageDescriptor {
    /// The way from here to a message inside that has a field `name`, such as `a { b { name ... } }`; nil if there is none
    /// within three levels.
    func path(to name: String) -> String? { path(to: name, levels: 3) }

    private func path(to name: String, levels: Int) -> String? {
        guard levels > 0 else { return nil }
        let inner = fields.indices.compactMap { index -> (name: String, content: MessageDescriptor)? in
            let field = field(at: index)
            return field.messageDescriptor.map { (field.name, $0) }
        }
        if let near = inner.first(where: { $0.content.fieldIndex(name: name) != nil }) {
            return "\(near.name) { \(name) ... }"
        }
        for (field, content) in inner {
            if let far = content.path(to: name, levels: levels - 1) { return "\(field) { \(far) }" }
        }
        return nil
    }

    /// The position of the field called `name`, if there is one.
    func fieldIndex(name: String) -> Int? {
        Array(name.utf8).withUnsafeBytes { fieldIndex(name: $0) }
    }
}

extension UnsafePointer where Pointee == ProtobufCFieldDescriptor {
    /// The numbers that an integer field takes; nil for all other fields.
    fileprivate var range: String? {
        func range<Number: FixedWidthInteger>(_: Number.Type) -> String { "from \(Number.min) to \(Number.max)" }
        switch pointee.type {
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32: return range(Int32.self)
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64: return range(Int64.self)
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: return range(UInt32.self)
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: return range(UInt64.self)
        default: return nil
        }
    }
}
