import CProtobufC
import Glibc

extension TextFormat {
    /// The message as text, as protobuf's debug strings show it: fields in the order of their numbers, maps in the order
    /// of their keys, fields with their default value left out. Unknown fields are not shown.
    ///
    /// With `onOneLine`, fields are separated by single spaces instead of lines.
    public static func print<Proto: ProtoMessage>(_ pointer: UnsafePointer<Proto>, onOneLine: Bool = false) -> String {
        var printer = TextPrinter(onOneLine: onOneLine)
        printer.printFields(of: UnsafeRawPointer(pointer), Proto.descriptor)
        return printer.text
    }
}

/// Writes message structs as text.
struct TextPrinter {
    private(set) var text = ""
    private let onOneLine: Bool
    private var depth = 0

    init(onOneLine: Bool) { self.onOneLine = onOneLine }

    private mutating func line(_ content: String) {
        if onOneLine {
            text += text.isEmpty ? content : " " + content
        } else {
            text += String(repeating: "  ", count: depth) + content + "\n"
        }
    }

    mutating func printFields(of message: UnsafeRawPointer, _ descriptor: MessageDescriptor) {
        let isMapEntry = descriptor.isMapEntry
        for index in descriptor.fields.indices {
            let field = descriptor.field(at: index)
            let member = message + Int(field.pointee.offset)
            if field.isRepeated {
                for element in elements(of: field, in: message) { printValue(at: element, field) }
            } else if isMapEntry || isSet(field, member, in: message) {
                printValue(at: member, field)
            }
        }
    }

    private mutating func printValue(at place: UnsafeRawPointer, _ field: FieldDescriptor) {
        guard let descriptor = field.messageDescriptor else {
            line("\(field.name): \(scalar(at: place, field))")
            return
        }
        line("\(field.name) {")
        depth += 1
        if let child = place.load(as: UnsafeRawPointer?.self) { printFields(of: child, descriptor) }
        depth -= 1
        line("}")
    }

    // MARK: What there is

    private func elements(of field: FieldDescriptor, in message: UnsafeRawPointer) -> [UnsafeRawPointer] {
        let count = (message + Int(field.pointee.quantifier_offset)).load(as: Int.self)
        let first = (message + Int(field.pointee.offset)).load(as: UnsafeRawPointer?.self)
        guard let first, count > 0 else { return [] }
        let places = (0..<count).map { first + $0 * field.elementSize }
        guard let descriptor = field.messageDescriptor, descriptor.isMapEntry else { return places }
        let key = descriptor.field(at: 0)
        return places.sorted { isOrdered($0, $1, key) }
    }

    /// Whether the map entry that `a` points to comes before that of `b`.
    private func isOrdered(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ key: FieldDescriptor) -> Bool {
        guard let first = a.load(as: UnsafeRawPointer?.self), let second = b.load(as: UnsafeRawPointer?.self) else {
            return false
        }
        let (a, b) = (first + Int(key.pointee.offset), second + Int(key.pointee.offset))
        switch key.pointee.type {
        case PROTOBUF_C_TYPE_STRING: return bytes(at: a).lexicographicallyPrecedes(bytes(at: b))
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
            return a.load(as: Int64.self) < b.load(as: Int64.self)
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: return a.load(as: UInt64.self) < b.load(as: UInt64.self)
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: return a.load(as: UInt32.self) < b.load(as: UInt32.self)
        default: return a.load(as: Int32.self) < b.load(as: Int32.self)
        }
    }

    private func isSet(_ field: FieldDescriptor, _ member: UnsafeRawPointer, in message: UnsafeRawPointer) -> Bool {
        if field.isOneofMember {
            return (message + Int(field.pointee.quantifier_offset)).load(as: UInt32.self) == field.pointee.id
        }
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_MESSAGE: return member.load(as: UnsafeRawPointer?.self) != nil
        case PROTOBUF_C_TYPE_STRING: return !bytes(at: member).isEmpty
        case PROTOBUF_C_TYPE_BYTES: return member.load(as: ProtobufCBinaryData.self).len > 0
        default: return field.elementSize == 8 ? member.load(as: UInt64.self) != 0 : member.load(as: UInt32.self) != 0
        }
    }

    private func bytes(at member: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        guard let text = member.load(as: UnsafePointer<CChar>?.self) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: text, count: strlen(text))
    }

    // MARK: Scalars

    private func scalar(at place: UnsafeRawPointer, _ field: FieldDescriptor) -> String {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32:
            return "\(place.load(as: Int32.self))"
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: return "\(place.load(as: UInt32.self))"
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
            return "\(place.load(as: Int64.self))"
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: return "\(place.load(as: UInt64.self))"
        case PROTOBUF_C_TYPE_BOOL: return place.load(as: Int32.self) != 0 ? "true" : "false"
        case PROTOBUF_C_TYPE_FLOAT:
            let value = place.load(as: Float.self)
            return number(Double(value), digits: [6, 9]) { Float($0) == value }
        case PROTOBUF_C_TYPE_DOUBLE:
            let value = place.load(as: Double.self)
            return number(value, digits: [15, 17]) { Double($0) == value }
        case PROTOBUF_C_TYPE_ENUM:
            let number = place.load(as: Int32.self)
            let value = field.enumDescriptor.flatMap { protobuf_c_enum_descriptor_get_value($0, number) }
            return value.map { String(cString: $0.pointee.name) } ?? "\(number)"
        case PROTOBUF_C_TYPE_STRING: return TextEscapes.encode(bytes(at: place), isText: true)
        default: return TextEscapes.encode(place.load(as: ProtobufCBinaryData.self).bytes, isText: false)
        }
    }

    /// The number with the first of `digits` significant digits that `isExact`.
    private func number(_ value: Double, digits: [Int32], _ isExact: (String) -> Bool) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        var text = ""
        for count in digits {
            var buffer = [CChar](repeating: 0, count: 40)
            _ = withVaList([count, value]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
            text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if isExact(text) { break }
        }
        return text
    }
}

extension UnsafePointer where Pointee == ProtobufCMessageDescriptor {
    /// True for the message that stands for one entry of a `map` field.
    var isMapEntry: Bool {
        guard pointee.n_fields == 2, let name = pointee.short_name, String(cString: name).hasSuffix("Entry") else {
            return false
        }
        return field(at: 0).name == "key" && field(at: 1).name == "value"
    }
}
