import CProtobufC

/// A struct that protoc-c made from a message of `Protos/`.
///
/// Conformances are generated beside the structs; nothing else should conform: the first member of the struct must be a
/// `ProtobufCMessage`, and `descriptor` must be that of the struct itself.
public protocol ProtoMessage {
    /// Names, numbers, types and offsets of the struct's fields; lives as long as the program.
    static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> { get }
}
