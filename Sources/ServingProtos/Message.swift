import CProtobufC
import CServingProtos
import ServingCore

/// An unpacked message and the memory that it and everything below it lives in.
///
/// Never written after it was made, so it can be shared between threads.
public final class Message<Proto: ProtoMessage>: @unchecked Sendable {
    /// The memory of the message; whoever keeps pointers into the message must keep this alive.
    public let arena: MessageArena

    /// The message. Valid as long as this object or its arena lives; prefer `read`, which keeps it alive.
    public let pointer: UnsafePointer<Proto>

    /// Takes over a struct that was built in `arena`.
    init(_ pointer: UnsafePointer<Proto>, in arena: MessageArena) {
        self.pointer = pointer
        self.arena = arena
    }

    /// Unpacks `bytes` after a check of nesting, sizes and every tag and length; nothing of `bytes` is kept.
    ///
    /// Throws RESOURCE_EXHAUSTED if a limit of size or memory is exceeded, and `failure` if the bytes are malformed:
    /// INVALID_ARGUMENT for requests, DATA_LOSS for files. The text names field and position.
    public convenience init(
        unpacking bytes: UnsafeRawBufferPointer, limits: WireLimits = .request, failure: StatusCode = .invalidArgument
    ) throws(Status) {
        let descriptor = Proto.descriptor
        let memory = try WireCheck.memory(of: bytes, as: descriptor, limits: limits, failure: failure)
        guard let arena = MessageArena(capacity: memory) else {
            throw .resourceExhausted("\(descriptor.fullName): no \(memory) bytes of memory are left")
        }
        let data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let unpacked = arena.withAllocator { protobuf_c_message_unpack(descriptor, $0, bytes.count, data) }
        guard let unpacked else { throw Status(failure, "malformed \(descriptor.fullName): it cannot be unpacked") }
        self.init(UnsafeRawPointer(unpacked).assumingMemoryBound(to: Proto.self), in: arena)
    }

    /// Unpacks an array of bytes; see above.
    public convenience init(
        unpacking bytes: [UInt8], limits: WireLimits = .request, failure: StatusCode = .invalidArgument
    ) throws(Status) {
        let message = try bytes.withUnsafeBufferPointer { (buffer) throws(Status) in
            try Message(unpacking: UnsafeRawBufferPointer(buffer), limits: limits, failure: failure)
        }
        self.init(message.pointer, in: message.arena)
    }

    /// Calls `body` with the message, which is alive until `body` returns.
    @inlinable public func read<Result, Failure: Error>(
        _ body: (UnsafePointer<Proto>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(pointer)
    }

    /// The message in protobuf's binary form.
    public func packed() -> [UInt8] { read { ProtoPacking.packed($0) } }
}

/// Packing of message structs, wherever they live.
public enum ProtoPacking {
    /// The binary form of the message at `pointer`, whose nested pointers must be valid.
    public static func packed<Proto: ProtoMessage>(_ pointer: UnsafePointer<Proto>) -> [UInt8] {
        packed(UnsafeRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self))
    }

    /// The binary form of a message of any type.
    static func packed(_ message: UnsafePointer<ProtobufCMessage>) -> [UInt8] {
        let size = protobuf_c_message_get_packed_size(message)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let base = buffer.baseAddress, size > 0 else { return }
            count = protobuf_c_message_pack(message, base)
        }
    }

    /// Bytes of the binary form.
    public static func packedSize<Proto: ProtoMessage>(_ pointer: UnsafePointer<Proto>) -> Int {
        protobuf_c_message_get_packed_size(UnsafeRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self))
    }

    /// Writes the binary form to `memory`, which must have room for `packedSize` bytes, and returns their number.
    public static func pack<Proto: ProtoMessage>(
        _ pointer: UnsafePointer<Proto>, into memory: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(memory.count >= packedSize(pointer), "no room for the packed message")
        guard let base = memory.baseAddress else { return 0 }
        return protobuf_c_message_pack(
            UnsafeRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self),
            base.assumingMemoryBound(to: UInt8.self))
    }
}
