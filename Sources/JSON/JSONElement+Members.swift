extension JSONElement {
    /// The value of the first member called `name`.
    public func first(_ name: String) -> JSONElement? {
        guard tag == UInt8(ascii: "{") else { return nil }
        var next = at(index + 1)
        let last = end - 1
        while next.index < last {
            let value = at(next.index + 1)
            if next.hasBytes(of: name) { return value }
            next = at(value.end)
        }
        return nil
    }

    /// Whether a string is `text`.
    public func hasBytes(of text: String) -> Bool { text.utf8.elementsEqual(bytes) }

    public var isArray: Bool { tag == UInt8(ascii: "[") }

    public var isObject: Bool { tag == UInt8(ascii: "{") }

    public var isString: Bool { tag == UInt8(ascii: "\"") }

    /// The text of an object whose only member is called `b64`.
    public var base64Text: UnsafeRawBufferPointer? {
        guard isObject, count == 1 else { return nil }
        let (name, value) = (at(index + 1), at(index + 2))
        guard value.isString, name.hasBytes(of: "b64") else { return nil }
        return value.bytes
    }

    /// The first element of a list; nil if it has none.
    public var firstElement: JSONElement? { isArray && end - index > 2 ? at(index + 1) : nil }

    /// Words of the value on the tape: no more values are in it.
    public var wordCount: Int { end - index }
}
