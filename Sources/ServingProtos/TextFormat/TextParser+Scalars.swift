import CProtobufC

extension TextParser {
    /// Reads a value of the scalar `field`.
    mutating func scalar(_ field: FieldDescriptor) throws(TextError) -> ScalarValue {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32:
            return .bits32(UInt32(bitPattern: try integer(Int32.self)))
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
            return .bits64(UInt64(bitPattern: try integer(Int64.self)))
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: return .bits32(try integer(UInt32.self))
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: return .bits64(try integer(UInt64.self))
        case PROTOBUF_C_TYPE_FLOAT: return .bits32(Float(try double()).bitPattern)
        case PROTOBUF_C_TYPE_DOUBLE: return .bits64(try double().bitPattern)
        case PROTOBUF_C_TYPE_BOOL: return .bits32(try boolean() ? 1 : 0)
        case PROTOBUF_C_TYPE_ENUM: return .bits32(UInt32(bitPattern: try enumValue(field)))
        case PROTOBUF_C_TYPE_STRING: return .string(try string(isText: true))
        default: return .bytes(try string(isText: false))
        }
    }

    // MARK: Numbers

    /// The absolute value of an integer token; nil if it has more than 64 bits.
    private func magnitude(_ token: TextToken) -> UInt64? {
        var digits = bytes(of: token)[...]
        var radix: UInt64 = 10
        if digits.count > 1, digits.first == UInt8(ascii: "0") {
            radix = 8
            if digits.dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "x") {
                radix = 16
                digits = digits.dropFirst(2)
            }
        }
        var value: UInt64 = 0
        for digit in digits {
            guard let digit = hexValue(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflowToo) = product.addingReportingOverflow(UInt64(digit))
            if overflow || overflowToo { return nil }
            value = sum
        }
        return value
    }

    private mutating func integer<Number: FixedWidthInteger>(_: Number.Type) throws(TextError) -> Number {
        let place = token
        var isNegative = false
        if Number.isSigned { isNegative = try take("-") }
        guard token.kind == .integer else { throw expected("integer") }
        let magnitude = magnitude(token)
        let value =
            isNegative
            ? magnitude.flatMap { $0 > 1 << 63 ? nil : Number(exactly: 0 &- Int64(truncatingIfNeeded: $0)) }
            : magnitude.flatMap { Number(exactly: $0) }
        guard let value else {
            throw error("Integer out of range (\(isNegative ? "-" : "")\(string(of: token))).", at: place)
        }
        try advance()
        return value
    }

    private mutating func double() throws(TextError) -> Double {
        let isNegative = try take("-")
        let value: Double
        switch token.kind {
        case .integer, .float:
            var digits = string(of: token)
            let isOctalOrHex = token.kind == .integer && digits.count > 1 && digits.hasPrefix("0")
            if digits.hasSuffix("f") || digits.hasSuffix("F") { digits.removeLast() }
            guard !isOctalOrHex, let parsed = Double(digits) else { throw expected("a decimal number") }
            value = parsed
        case .name:
            switch string(of: token).lowercased() {
            case "inf", "infinity", "inff": value = .infinity
            case "nan": value = .nan
            default: throw expected("a number")
            }
        default: throw expected("a number")
        }
        try advance()
        return isNegative ? -value : value
    }

    private mutating func boolean() throws(TextError) -> Bool {
        let value: Bool
        if token.kind == .integer {
            guard let number = magnitude(token), number <= 1 else {
                throw error("Integer out of range (\(string(of: token))).", at: token)
            }
            value = number == 1
        } else {
            switch token.kind == .name ? string(of: token) : "" {
            case "true", "True", "t": value = true
            case "false", "False", "f": value = false
            default: throw expected("\"true\" or \"false\"")
            }
        }
        try advance()
        return value
    }

    private mutating func enumValue(_ field: FieldDescriptor) throws(TextError) -> Int32 {
        guard token.kind == .name else { return try integer(Int32.self) }
        guard let descriptor = field.enumDescriptor else { throw expected("integer") }
        let name = string(of: token)
        guard let value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, name) else {
            var fault = error("Unknown enumeration value of \"\(name)\" for field \"\(field.name)\".", at: token)
            fault.meant = NameSuggestion.nearest(to: name, in: descriptor.names)
            throw fault
        }
        try advance()
        return value.pointee.value
    }

    // MARK: Strings

    /// One or more literals that follow each other, as one.
    private mutating func string(isText: Bool) throws(TextError) -> [UInt8] {
        guard token.kind == .string else { throw expected("string") }
        let place = token
        var value: [UInt8] = []
        while token.kind == .string {
            let literal = bytes(of: token)
            let content = UnsafeRawBufferPointer(rebasing: literal[1..<literal.count - 1])
            if let fault = TextEscapes.decode(content, into: &value) {
                throw TextError(line: token.line, column: token.column + 1 + fault.position, what: fault.what)
            }
            try advance()
        }
        if isText, let bad = value.withUnsafeBytes({ UTF8Check.firstInvalidByte($0) }) {
            let what = value[bad] == 0 ? "holds a zero byte" : "is not UTF-8"
            throw error("The text of a string field \(what) (byte \(bad)).", at: place)
        }
        return value
    }
}
