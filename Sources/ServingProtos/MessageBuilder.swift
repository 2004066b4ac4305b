import CProtobufC

/// A scalar on its way into a message struct.
enum ScalarValue {
    /// Numbers, booleans and enums of four bytes.
    case bits32(UInt32)
    case bits64(UInt64)
    case string([UInt8])
    case bytes([UInt8])
}

/// Fills message structs through their descriptors; everything lives in one arena. Results are nil, and nothing is
/// stored, when the memory limit is reached.
final class MessageBuilder {
    private let arena: MessageArena
    private var memoryLeft: Int

    init(arena: MessageArena, memoryLimit: Int) {
        self.arena = arena
        memoryLeft = memoryLimit
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let footprint = MessageArena.footprint(size)
        guard footprint <= memoryLeft else { return nil }
        memoryLeft -= footprint
        return arena.allocate(size)
    }

    /// A message in which no field is set.
    func makeMessage(_ descriptor: MessageDescriptor) -> UnsafeMutablePointer<ProtobufCMessage>? {
        guard let memory = allocate(descriptor.pointee.sizeof_message) else { return nil }
        let message = memory.assumingMemoryBound(to: ProtobufCMessage.self)
        protobuf_c_message_init(descriptor, memory)
        return message
    }

    func makeString(_ text: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        guard let memory = allocate(text.count + 1) else { return nil }
        text.withUnsafeBytes {
            memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: text.count)
        }
        memory.storeBytes(of: 0, toByteOffset: text.count, as: UInt8.self)
        return memory.assumingMemoryBound(to: CChar.self)
    }

    func makeBytes(_ bytes: [UInt8]) -> ProtobufCBinaryData? {
        guard let memory = makeString(bytes) else { return nil }
        return ProtobufCBinaryData(
            len: bytes.count, data: UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt8.self))
    }

    /// The number of the oneof's field that is set, if `field` belongs to a oneof of which one is.
    func oneofCase(of field: FieldDescriptor, in message: UnsafeMutablePointer<ProtobufCMessage>) -> UInt32? {
        guard field.isOneofMember else { return nil }
        let number = (UnsafeRawPointer(message) + Int(field.pointee.quantifier_offset)).load(as: UInt32.self)
        return number == 0 ? nil : number
    }

    /// Sets `field`, or appends to it if it is repeated.
    func store(
        _ child: UnsafeMutablePointer<ProtobufCMessage>, _ field: FieldDescriptor,
        _ message: UnsafeMutablePointer<ProtobufCMessage>
    ) -> Void? {
        guard let place = place(for: field, in: message) else { return nil }
        place.storeBytes(of: UnsafeMutableRawPointer(child), as: UnsafeMutableRawPointer.self)
        return ()
    }

    /// Sets `field`, or appends to it if it is repeated. The value must be of the field's kind.
    func store(
        _ value: ScalarValue, _ field: FieldDescriptor, _ message: UnsafeMutablePointer<ProtobufCMessage>
    ) -> Void? {
        guard let place = place(for: field, in: message) else { return nil }
        switch value {
        case .bits32(let bits): place.storeBytes(of: bits, as: UInt32.self)
        case .bits64(let bits): place.storeBytes(of: bits, as: UInt64.self)
        case .string(let text):
            guard let string = makeString(text) else { return nil }
            place.storeBytes(of: string, as: UnsafeMutablePointer<CChar>.self)
        case .bytes(let bytes):
            guard let data = makeBytes(bytes) else { return nil }
            place.storeBytes(of: data, as: ProtobufCBinaryData.self)
        }
        return ()
    }

    /// Where the next value of `field` goes; marks the field as set. What is there is zero until it is stored.
    private func place(
        for field: FieldDescriptor, in message: UnsafeMutablePointer<ProtobufCMessage>
    ) -> UnsafeMutableRawPointer? {
        let base = UnsafeMutableRawPointer(message)
        let member = base + Int(field.pointee.offset)
        let quantifier = base + Int(field.pointee.quantifier_offset)
        guard field.isRepeated else {
            if field.isOneofMember {
                quantifier.storeBytes(of: field.pointee.id, as: UInt32.self)
            } else if field.pointee.quantifier_offset != 0 {
                quantifier.storeBytes(of: 1, as: protobuf_c_boolean.self)
            }
            return member
        }
        let count = quantifier.load(as: Int.self)
        let size = field.elementSize
        var elements = member.load(as: UnsafeMutableRawPointer?.self)
        // The capacity is the next power of two, so it need not be kept anywhere.
        if count & (count - 1) == 0 {
            guard let grown = allocate(max(count * 2, 1) * size) else { return nil }
            if let elements { grown.copyMemory(from: elements, byteCount: count * size) }
            member.storeBytes(of: grown, as: UnsafeMutableRawPointer.self)
            elements = grown
        }
        guard let elements else { return nil }
        quantifier.storeBytes(of: count + 1, as: Int.self)
        (elements + count * size).initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return elements + count * size
    }
}
