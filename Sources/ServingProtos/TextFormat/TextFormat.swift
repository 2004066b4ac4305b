import CProtobufC
import CServingProtos
import ServingCore

/// Protobuf's text format, as configuration files and `.pbtxt` models use it.
public enum TextFormat {
    /// What a text may contain.
    public struct Limits: Sendable {
        /// How deep messages may be nested.
        public var depth: Int
        /// Bytes of memory that the message may take.
        public var memory: Int

        public init(depth: Int = 100, memory: Int = 1 << 36) {
            self.depth = depth
            self.memory = memory
        }
    }

    /// Reads `text` as a message of type `Proto`.
    ///
    /// Throws INVALID_ARGUMENT `<file>: Error parsing text-format <message>: <line>:<column>: <what>`, positions counted
    /// from 1, and RESOURCE_EXHAUSTED above a limit. `fileName` appears in errors only.
    public static func parse<Proto: ProtoMessage>(
        _ text: UnsafeRawBufferPointer, fileName: String, as _: Proto.Type = Proto.self, limits: Limits = Limits()
    ) throws(Status) -> Message<Proto> {
        let arena = MessageArena()
        var parser = TextParser(text: text, arena: arena, limits: limits)
        do throws(TextError) {
            let message = try parser.parse(Proto.descriptor)
            return Message(
                UnsafePointer(UnsafeMutableRawPointer(message).assumingMemoryBound(to: Proto.self)), in: arena)
        } catch {
            throw status(of: error, fileName, Proto.descriptor)
        }
    }

    /// Reads a string; see above.
    public static func parse<Proto: ProtoMessage>(
        _ text: String, fileName: String, as type: Proto.Type = Proto.self, limits: Limits = Limits()
    ) throws(Status) -> Message<Proto> {
        try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(Status) in
            try parse(UnsafeRawBufferPointer(bytes), fileName: fileName, as: type, limits: limits)
        }
    }

    private static func status(of error: TextError, _ fileName: String, _ descriptor: MessageDescriptor) -> Status {
        let prefix = fileName.isEmpty ? "" : "\(fileName): "
        let hint = error.meant.map { " Did you mean \"\($0)\"?" } ?? ""
        let text =
            "\(prefix)Error parsing text-format \(descriptor.fullName): \(error.line):\(error.column): "
            + error.what + hint
        return Status(error.isLimit ? .resourceExhausted : .invalidArgument, text)
    }
}

/// What is wrong with a text, and where; line and column count from 1.
struct TextError: Error {
    var line: Int
    var column: Int
    var what: String
    /// The name that was probably meant by an unknown one.
    var meant: String?
    /// More that helps, with the places that it is about; only a diagnosis shows it.
    var notes: [TextFault.Note] = []
    var isLimit = false
    var isUnknownField = false
    /// Nothing behind this fault can be read.
    var isLast = false

    var place: TextPlace { TextPlace(line: line, column: column) }
}
