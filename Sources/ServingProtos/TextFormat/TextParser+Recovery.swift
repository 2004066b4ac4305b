import CProtobufC

// How a diagnosis goes on behind a fault.

extension TextParser {
    /// The text ends inside of a message: a diagnosis notes it and takes the message as it is.
    func refuseEnd(_ fault: TextError) throws(TextError) {
        guard let recorder else { throw fault }
        try recorder.addEnd(fault)
    }

    /// Reads a field or, if it has a fault, notes that and steps over it.
    /// - Returns: false if the message probably ends here although its brace is missing.
    mutating func fieldOrFault(
        of message: UnsafeMutablePointer<ProtobufCMessage>, _ descriptor: MessageDescriptor, _ seen: inout SeenFields,
        _ depth: Int
    ) throws(TextError) -> Bool {
        guard let recorder else { return true }
        guard !recorder.endsHere else { return false }
        let start = token
        let listsAround = openLists
        openLists = 0
        defer { openLists = listsAround }
        do throws(TextError) {
            try field(of: message, descriptor, &seen, depth)
        } catch {
            guard !error.isLast else { throw error }
            return try note(error, start, descriptor, depth)
        }
        return true
    }

    private mutating func note(
        _ error: TextError, _ start: TextToken, _ descriptor: MessageDescriptor, _ depth: Int
    ) throws(TextError) -> Bool {
        guard let recorder else { return true }
        recorder.node.hasFaults = true
        if error.isUnknownField { return try noteUnknownField(error, start, descriptor, depth) }
        let isRepetition = start.kind != .name && recorder.lastErrorLine == start.line
        if !(token.kind == .malformed && error.place == token.place) && !isRepetition {
            try recorder.add(error, advice: advice(on: error, start, descriptor))
        }
        try skipField(from: start, descriptor)
        return true
    }

    private mutating func noteUnknownField(
        _ error: TextError, _ start: TextToken, _ descriptor: MessageDescriptor, _ depth: Int
    ) throws(TextError) -> Bool {
        guard let recorder else { return true }
        let name = string(of: start)
        let parents = recorder.levels.dropLast()
        if let owner = parents.lastIndex(where: { $0.descriptor.fieldIndex(name: bytes(of: start)) != nil }) {
            return try noteFieldOfParent(error, start, descriptor, level: owner)
        }
        var advice = descriptor.path(to: name).map { "\"\(name)\" belongs into \($0)" }
        if advice == nil { advice = error.meant.map { "did you mean \"\($0)\"?" } }
        try recorder.add(error, advice: advice ?? listOfFields(descriptor))
        try advance()
        if advice != nil, let meant = error.meant, try readAsMeant(meant, descriptor, depth) { return true }
        try skipField(from: start, descriptor)
        return true
    }

    /// `start` names a field of the message on `level` around this one: it stands too deep, or a brace is missing.
    private mutating func noteFieldOfParent(
        _ error: TextError, _ start: TextToken, _ descriptor: MessageDescriptor, level: Int
    ) throws(TextError) -> Bool {
        guard let recorder, let inner = recorder.levels.last else { return true }
        var error = error
        let owner = "\"\(string(of: start))\" is a field of \(recorder.levels[level].descriptor.fullName), further out"
        guard recorder.supplyBraces(downTo: level) else {
            try recorder.add(error, advice: owner)
            try skipField(from: start, descriptor)
            return true
        }
        error.notes.append(TextFault.Note("this may not be closed", at: inner.brace))
        try recorder.add(error, advice: owner + ": is a \"}\" missing before it?")
        return false
    }

    /// Reads the message behind a name that was mistyped as the one that was meant, to find what is wrong inside of it.
    private mutating func readAsMeant(
        _ name: String, _ descriptor: MessageDescriptor, _ depth: Int
    ) throws(TextError) -> Bool {
        guard let index = descriptor.fieldIndex(name: name),
            let content = descriptor.field(at: index).messageDescriptor
        else {
            return false
        }
        guard isSymbol("{") || isSymbol(":") && isFollowed(by: "{") else { return false }
        _ = try take(":")
        let node = recorder?.beginValue(of: descriptor.field(at: index), at: token.place, value: token.place)
        defer { if node != nil { recorder?.endValue() } }
        _ = try delimitedMessage(content, depth: depth)
        return true
    }

    /// Steps over the rest of the field that begins at `start`, to what looks like the next one or the end of the
    /// message.
    private mutating func skipField(from start: TextToken, _ descriptor: MessageDescriptor) throws(TextError) {
        var open = [Unicode.Scalar](repeating: "]", count: openLists)
        openLists = 0
        var lastLine = start.line
        // The faulty token itself is hardly the next field, unless it is named like one.
        let isValue =
            token.kind == .name && token.line == start.line && descriptor.fieldIndex(name: bytes(of: token)) == nil
        if token.start == start.start || open.isEmpty && isValue { try step(&open, &lastLine) }
        while token.kind != .end {
            if open.isEmpty, isEndOfField(lastLine: lastLine) { return }
            // A brace of the message around ends whatever is open in the field.
            if isSymbol("}"), !open.contains("}") { return }
            let wasOpen = !open.isEmpty
            try step(&open, &lastLine)
            if wasOpen && open.isEmpty { return }
        }
    }

    /// Steps over a token; `open` holds what closes the blocks that are open.
    private mutating func step(_ open: inout [Unicode.Scalar], _ lastLine: inout Int) throws(TextError) {
        if isSymbol("{") {
            open.append("}")
        } else if isSymbol("[") {
            open.append("]")
        } else if isSymbol("<") {
            open.append(">")
        } else if token.kind == .symbol, let block = open.lastIndex(where: isSymbol) {
            open.removeSubrange(block...)
        }
        lastLine = token.line
        try advance()
    }

    /// Whether the field before the present token is over.
    private func isEndOfField(lastLine: Int) -> Bool {
        if isSymbol("}") || isSymbol(">") || isSymbol(",") || isSymbol(";") { return true }
        guard token.kind == .name else { return false }
        if token.line > lastLine { return true }
        return isFollowed(by: ":") || isFollowed(by: "{")
    }

    /// Whether `symbol` stands behind the present token.
    private func isFollowed(by symbol: Unicode.Scalar) -> Bool {
        guard let following, following.kind == .symbol else { return false }
        return text[following.start] == UInt8(ascii: symbol)
    }
}
