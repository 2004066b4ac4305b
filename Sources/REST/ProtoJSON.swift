import CProtobufC
import JSON
import ServingProtos

/// Messages in protobuf's JSON form, with the names of fields as they are, one field on each line; fields without a value are
/// written, too.
struct ProtoJSON: ~Copyable {
    private var buffer = JSONBuffer()

    /// Appends `text` as it is.
    mutating func append(_ text: StaticString) { buffer.append(text) }

    mutating func append(string text: String) { buffer.append(string: text) }

    consuming func finish() -> JSONBuffer { buffer }

    /// Appends a message.
    /// - Parameter level: spaces before its end.
    mutating func append<Proto: ProtoMessage>(_ message: Message<Proto>, level: Int = 0) {
        message.read { pointer in append(UnsafeRawPointer(pointer), Proto.descriptor, level) }
    }

    private mutating func line(_ level: Int) {
        buffer.append(byte: UInt8(ascii: "\n"))
        for _ in 0..<level { buffer.append(byte: UInt8(ascii: " ")) }
    }

    private mutating func append(_ message: UnsafeRawPointer, _ descriptor: MessageDescriptor, _ level: Int) {
        if descriptor.fullName.hasPrefix("google.protobuf."), descriptor.fullName.hasSuffix("Value"),
            descriptor.pointee.n_fields == 1
        {
            return append(value: message + Int(descriptor.pointee.fields[0].offset), descriptor.pointee.fields, level)
        }
        buffer.append(byte: UInt8(ascii: "{"))
        var isFirst = true
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields + index
            guard isSet(field, in: message) else { continue }
            if !isFirst { buffer.append(byte: UInt8(ascii: ",")) }
            isFirst = false
            line(level + 1)
            buffer.append(string: String(cString: field.pointee.name))
            buffer.append(": ")
            append(field, of: message, level + 1)
        }
        if !isFirst { line(level) }
        buffer.append(byte: UInt8(ascii: "}"))
    }

    /// Whether a field is written: not a message that is missing, nor what has not been chosen of several.
    private func isSet(_ field: FieldDescriptor, in message: UnsafeRawPointer) -> Bool {
        guard field.pointee.label != PROTOBUF_C_LABEL_REPEATED else { return true }
        if field.pointee.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0 {
            let chosen = message.load(fromByteOffset: Int(field.pointee.quantifier_offset), as: UInt32.self)
            guard chosen == field.pointee.id else { return false }
        }
        guard field.pointee.type == PROTOBUF_C_TYPE_MESSAGE else { return true }
        return message.load(fromByteOffset: Int(field.pointee.offset), as: UnsafeRawPointer?.self) != nil
    }

    private mutating func append(_ field: FieldDescriptor, of message: UnsafeRawPointer, _ level: Int) {
        let place = message + Int(field.pointee.offset)
        guard field.pointee.label == PROTOBUF_C_LABEL_REPEATED else { return append(value: place, field, level) }
        let count = message.load(fromByteOffset: Int(field.pointee.quantifier_offset), as: Int.self)
        let entry = ProtoJSON.entry(field)
        guard count > 0, let values = place.load(as: UnsafeRawPointer?.self) else {
            if entry == nil { buffer.append("[]") } else { buffer.append("{}") }
            return
        }
        buffer.append(byte: entry == nil ? UInt8(ascii: "[") : UInt8(ascii: "{"))
        for index in 0..<count {
            if index > 0 { buffer.append(byte: UInt8(ascii: ",")) }
            line(level + 1)
            let value = values + index * ProtoJSON.stride(field)
            if let entry, let pair = value.load(as: UnsafeRawPointer?.self) {
                append(entry: pair, entry, level + 1)
            } else {
                append(value: value, field, level + 1)
            }
        }
        line(level)
        buffer.append(byte: entry == nil ? UInt8(ascii: "]") : UInt8(ascii: "}"))
    }

    /// The message of a map's entries; nil if the field is no map.
    private static func entry(_ field: FieldDescriptor) -> MessageDescriptor? {
        guard field.pointee.type == PROTOBUF_C_TYPE_MESSAGE,
            let descriptor = field.pointee.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self),
            descriptor.fullName.hasSuffix("Entry"), descriptor.pointee.n_fields == 2,
            String(cString: descriptor.pointee.fields[0].name) == "key"
        else { return nil }
        return descriptor
    }

    private mutating func append(entry: UnsafeRawPointer, _ descriptor: MessageDescriptor, _ level: Int) {
        guard let key = descriptor.pointee.fields else { return }
        let value = key + 1
        append(value: entry + Int(key.pointee.offset), key, level)
        buffer.append(": ")
        append(value: entry + Int(value.pointee.offset), value, level)
    }

    private static func stride(_ field: FieldDescriptor) -> Int {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_BYTES: MemoryLayout<ProtobufCBinaryData>.stride
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_UINT64,
            PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_MESSAGE:
            8
        default: 4
        }
    }

    private mutating func append(value place: UnsafeRawPointer, _ field: FieldDescriptor, _ level: Int) {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_MESSAGE:
            guard let message = place.load(as: UnsafeRawPointer?.self),
                let descriptor = field.pointee.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            else { return buffer.append("{}") }
            append(message, descriptor, level)
        case PROTOBUF_C_TYPE_STRING:
            buffer.append(string: place.load(as: UnsafePointer<CChar>?.self).map { String(cString: $0) } ?? "")
        case PROTOBUF_C_TYPE_BYTES:
            var text: [UInt8] = []
            Base64.encode(place.load(as: ProtobufCBinaryData.self).bytes, to: &text)
            text.withUnsafeBytes { buffer.append(string: $0) }
        case PROTOBUF_C_TYPE_BOOL: buffer.append(place.load(as: Int32.self) != 0)
        case PROTOBUF_C_TYPE_ENUM: append(enumeration: place.load(as: Int32.self), field)
        case PROTOBUF_C_TYPE_FLOAT: append(real: Double(place.load(as: Float.self)), place.load(as: Float.self))
        case PROTOBUF_C_TYPE_DOUBLE: append(real: place.load(as: Double.self), nil)
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
            buffer.append(string: String(place.load(as: Int64.self)))
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
            buffer.append(string: String(place.load(as: UInt64.self)))
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: buffer.append(integer: place.load(as: UInt32.self))
        default: buffer.append(integer: place.load(as: Int32.self))
        }
    }

    /// Numbers that JSON does not have are strings.
    private mutating func append(real value: Double, _ float: Float?) {
        guard value.isFinite else {
            return buffer.append(string: value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
        if let float { buffer.append(real: float) } else { buffer.append(real: value) }
    }

    private mutating func append(enumeration number: Int32, _ field: FieldDescriptor) {
        let descriptor = field.pointee.descriptor?.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
        guard let descriptor, let value = protobuf_c_enum_descriptor_get_value(descriptor, number) else {
            return buffer.append(integer: number)
        }
        buffer.append(string: String(cString: value.pointee.name))
    }
}
