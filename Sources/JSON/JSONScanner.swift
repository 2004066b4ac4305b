/// Reads the same texts as TensorFlow Serving, which are more than JSON, into the tape that `JSONElement` walks over; or finds
/// what is wrong, and where.
///
/// Beyond JSON it takes the numbers `NaN`, `Infinity`, `-Infinity`, `Inf` and `-Inf`, integers of any size, bytes that are no
/// UTF-8, a byte order mark before the value, and anything behind it. A zero byte ends the text. Lists and objects may be nested
/// to any depth. It takes several times as long as simdjson, and so is asked only for what that refuses.
struct JSONScanner: ~Copyable {
    /// What may come next.
    private enum State {
        case start
        case firstElement
        case element
        case afterElement
        case firstName
        case name
        case colon
        case memberValue
        case afterMember
        case end
    }

    private struct Container {
        /// Of its first word on the tape.
        let index: Int
        var count = 0
        let isObject: Bool
    }

    let text: UnsafeRawBufferPointer
    var position = 0
    let tape: ScannedTape
    private var containers: [Container] = []

    /// - Parameter tape: with room for what is in `text`.
    init(_ text: UnsafeRawBufferPointer, into tape: ScannedTape) {
        self.text = text
        self.tape = tape
    }

    /// The next byte; zero at the end.
    var next: UInt8 { position < text.count ? text[position] : 0 }

    /// Takes the next byte if it is `byte`.
    mutating func take(_ byte: Character) -> Bool {
        guard position < text.count, text[position] == byte.asciiValue else { return false }
        position += 1
        return true
    }

    /// Reads the whole text. Throws what is wrong first.
    mutating func scan() throws(JSONFault) {
        for byte: UInt8 in [0xef, 0xbb, 0xbf] where next == byte { position += 1 }
        tape.append("r", 0)
        var state = State.start
        while true {
            skipSpace()
            guard next != 0 else { throw fault(in: state) }
            state = try step(state)
            if state == .end { break }
        }
        tape.append("r", 0)
        tape.setPayload(of: 0, tape.count)
    }

    private mutating func skipSpace() {
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private func fault(in state: State) -> JSONFault {
        switch state {
        case .start, .end: .empty(position)
        case .firstElement, .element, .memberValue: .value(position)
        case .afterElement: .afterElement(position)
        case .firstName, .name: .name(position)
        case .colon: .colon(position)
        case .afterMember: .afterMember(position)
        }
    }

    private mutating func step(_ state: State) throws(JSONFault) -> State {
        switch state {
        case .start, .firstElement, .element, .memberValue: return try value(state)
        case .firstName, .name:
            if state == .firstName, next == UInt8(ascii: "}") { return close() }
            guard next == UInt8(ascii: "\"") else { throw fault(in: state) }
            try string()
            return .colon
        case .colon:
            guard take(":") else { throw fault(in: state) }
            return .memberValue
        case .afterMember:
            if next == UInt8(ascii: "}") { return close() }
            guard take(",") else { throw fault(in: state) }
            return .name
        case .afterElement:
            if next == UInt8(ascii: "]") { return close() }
            guard take(",") else { throw fault(in: state) }
            return .element
        case .end: return .end
        }
    }

    private mutating func value(_ state: State) throws(JSONFault) -> State {
        switch next {
        case UInt8(ascii: "["): return open(isObject: false)
        case UInt8(ascii: "{"): return open(isObject: true)
        case UInt8(ascii: "]") where state == .firstElement: return close()
        case UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ":"): throw fault(in: state)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", "t")
        case UInt8(ascii: "f"): try word("false", "f")
        case UInt8(ascii: "n"): try word("null", "n")
        default: try number()
        }
        return afterValue()
    }

    private mutating func word(_ word: String, _ tag: Character) throws(JSONFault) {
        for letter in word {
            guard take(letter) else { throw .value(position) }
        }
        tape.append(tag, 0)
    }

    private mutating func open(isObject: Bool) -> State {
        position += 1
        containers.append(Container(index: tape.count, isObject: isObject))
        tape.append(isObject ? "{" : "[", 0)
        return isObject ? .firstName : .firstElement
    }

    private mutating func close() -> State {
        position += 1
        guard let container = containers.popLast() else { return .end }
        tape.append(container.isObject ? "}" : "]", UInt64(container.index))
        // The number of members has 24 bits, the place 32.
        tape.setPayload(of: container.index, min(container.count, 0xff_ffff) << 32 | tape.count)
        return afterValue()
    }

    /// Counts a value that has been read.
    private mutating func afterValue() -> State {
        guard !containers.isEmpty else { return .end }
        containers[containers.count - 1].count += 1
        return containers[containers.count - 1].isObject ? .afterMember : .afterElement
    }
}
