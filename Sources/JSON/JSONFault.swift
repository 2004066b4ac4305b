/// What is wrong with a text that is no JSON, and where.
struct JSONFault: Error, Equatable {
    /// RapidJSON's sentence, which clients of TensorFlow Serving know.
    let text: String
    /// Bytes before the place.
    let offset: Int

    static func empty(_ offset: Int) -> JSONFault { JSONFault(text: "The document is empty.", offset: offset) }
    static func value(_ offset: Int) -> JSONFault { JSONFault(text: "Invalid value.", offset: offset) }
    static func name(_ offset: Int) -> JSONFault {
        JSONFault(text: "Missing a name for object member.", offset: offset)
    }
    static func colon(_ offset: Int) -> JSONFault {
        JSONFault(text: "Missing a colon after a name of object member.", offset: offset)
    }
    static func afterMember(_ offset: Int) -> JSONFault {
        JSONFault(text: "Missing a comma or '}' after an object member.", offset: offset)
    }
    static func afterElement(_ offset: Int) -> JSONFault {
        JSONFault(text: "Missing a comma or ']' after an array element.", offset: offset)
    }
    static func hexDigit(_ offset: Int) -> JSONFault {
        JSONFault(text: "Incorrect hex digit after \\u escape in string.", offset: offset)
    }
    static func surrogate(_ offset: Int) -> JSONFault {
        JSONFault(text: "The surrogate pair in string is invalid.", offset: offset)
    }
    static func escape(_ offset: Int) -> JSONFault {
        JSONFault(text: "Invalid escape character in string.", offset: offset)
    }
    static func quote(_ offset: Int) -> JSONFault {
        JSONFault(text: "Missing a closing quotation mark in string.", offset: offset)
    }
    static func tooBig(_ offset: Int) -> JSONFault {
        JSONFault(text: "Number too big to be stored in double.", offset: offset)
    }
    static func fraction(_ offset: Int) -> JSONFault {
        JSONFault(text: "Miss fraction part in number.", offset: offset)
    }
    static func exponent(_ offset: Int) -> JSONFault {
        JSONFault(text: "Miss exponent in number.", offset: offset)
    }
}
