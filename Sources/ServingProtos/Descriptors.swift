import CProtobufC
import CServingProtos

/// Names, numbers, types and offsets of a message's fields.
public typealias MessageDescriptor = UnsafePointer<ProtobufCMessageDescriptor>

/// Name, number, type and offset of one field.
public typealias FieldDescriptor = UnsafePointer<ProtobufCFieldDescriptor>

/// Every message of `Protos/` (and those of `google.protobuf` that they use), for lookup by name.
public enum MessageDescriptors {
    /// The descriptor of the message with the full name `name`, for example `tensorflow.TensorProto`.
    public static func find(_ name: some StringProtocol) -> MessageDescriptor? { byName[String(name)] }

    /// All descriptors, in the order of their C names.
    public static var all: [MessageDescriptor] {
        (0..<cservingprotos_descriptor_count).compactMap { cservingprotos_descriptor_at($0) }
    }

    private nonisolated(unsafe) static let byName: [String: MessageDescriptor] = Dictionary(
        all.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first })
}

extension UnsafePointer where Pointee == ProtobufCMessageDescriptor {
    /// The name with its package, for example `tensorflow.TensorProto`.
    public var fullName: String { String(cString: pointee.name) }

    /// The fields in the order of their numbers.
    var fields: UnsafeBufferPointer<ProtobufCFieldDescriptor> {
        UnsafeBufferPointer(start: pointee.fields, count: Int(pointee.n_fields))
    }

    func field(at index: Int) -> FieldDescriptor { pointee.fields + index }

    /// The position of the field with `number`, if there is one.
    @inline(__always) func fieldIndex(number: UInt32) -> Int? {
        guard let ranges = pointee.field_ranges, number <= Int32.max else { return nil }
        let number = Int32(number)
        for index in 0..<Int(pointee.n_field_ranges) {
            let distance = Int(number) - Int(ranges[index].start_value)
            if distance < 0 { return nil }
            let first = Int(ranges[index].orig_index)
            if distance < Int(ranges[index + 1].orig_index) - first { return first + distance }
        }
        return nil
    }

    /// The position of the field called `name`, if there is one.
    func fieldIndex(name: UnsafeRawBufferPointer) -> Int? {
        guard let order = pointee.fields_sorted_by_name else { return nil }
        var low = 0
        var high = Int(pointee.n_fields)
        while low < high {
            let middle = (low + high) / 2
            let index = Int(order[middle])
            let comparison = compare(name, pointee.fields[index].name)
            if comparison == 0 { return index }
            if comparison < 0 { high = middle } else { low = middle + 1 }
        }
        return nil
    }
}

extension UnsafePointer where Pointee == ProtobufCFieldDescriptor {
    var name: String { String(cString: pointee.name) }

    var isRepeated: Bool { pointee.label == PROTOBUF_C_LABEL_REPEATED }

    var isDeprecated: Bool { pointee.flags & PROTOBUF_C_FIELD_FLAG_DEPRECATED.rawValue != 0 }

    var isOneofMember: Bool { pointee.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0 }

    /// The descriptor of a message field's message.
    var messageDescriptor: MessageDescriptor? {
        guard pointee.type == PROTOBUF_C_TYPE_MESSAGE else { return nil }
        return pointee.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    }

    /// The descriptor of an enum field's enum.
    var enumDescriptor: UnsafePointer<ProtobufCEnumDescriptor>? {
        guard pointee.type == PROTOBUF_C_TYPE_ENUM else { return nil }
        return pointee.descriptor?.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
    }

    /// Bytes of one value in the struct or in the array of a repeated field.
    @inline(__always) var elementSize: Int {
        switch pointee.type {
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_SFIXED64,
            PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_MESSAGE:
            8
        case PROTOBUF_C_TYPE_BYTES: MemoryLayout<ProtobufCBinaryData>.stride
        default: 4
        }
    }
}

extension UnsafePointer where Pointee == ProtobufCEnumDescriptor {
    /// The names of the values, in alphabetical order.
    var names: [String] {
        (0..<Int(pointee.n_value_names)).map { String(cString: pointee.values_by_name[$0].name) }
    }
}

/// Less than, equal to or greater than zero, as `strcmp` orders `name` and `text`.
private func compare(_ name: UnsafeRawBufferPointer, _ text: UnsafePointer<CChar>) -> Int {
    for (index, byte) in name.enumerated() {
        let difference = Int(byte) - Int(UInt8(bitPattern: text[index]))
        if difference != 0 || byte == 0 { return difference == 0 ? 1 : difference }
    }
    return text[name.count] == 0 ? 0 : -1
}
