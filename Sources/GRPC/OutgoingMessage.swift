import ServingCore
import Transports

/// A message to send, written once, directly behind the prefix that gRPC puts before it: from here to the socket its
/// bytes are not copied again.
public struct OutgoingMessage: Sendable {
    let buffer: ByteBuffer
    let encoding: MessageEncoding

    private static let prefixBytes = 5

    /// - Parameters:
    ///   - byteCount: the size of the message.
    ///   - body: writes the message, exactly `byteCount` bytes.
    /// - Throws: RESOURCE_EXHAUSTED if the size is beyond what gRPC can express (2^32-1) or if there is not enough
    ///   memory.
    public init(byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) throws(Status) {
        try self.init(byteCount: byteCount, in: ByteBuffer(), body)
    }

    /// The same in `buffer`, which is empty.
    init(
        byteCount: Int, in buffer: ByteBuffer, _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(Status) {
        guard byteCount >= 0, byteCount <= Int(UInt32.max) else {
            throw .resourceExhausted("Sent message larger than max (\(byteCount) vs. \(UInt32.max))")
        }
        let wasWritten = buffer.append(upTo: byteCount + OutgoingMessage.prefixBytes) { target in
            target[0] = 0
            target.storeBytes(of: UInt32(byteCount).bigEndian, toByteOffset: 1, as: UInt32.self)
            body(UnsafeMutableRawBufferPointer(rebasing: target.dropFirst(OutgoingMessage.prefixBytes)))
            return target.count
        }
        guard wasWritten else { throw .resourceExhausted("no memory for a message of \(byteCount) bytes") }
        self.buffer = buffer
        encoding = .identity
    }

    private init(_ buffer: ByteBuffer, _ encoding: MessageEncoding) {
        self.buffer = buffer
        self.encoding = encoding
    }

    /// A message with a copy of `bytes`.
    public init(copying bytes: UnsafeRawBufferPointer) throws(Status) {
        try self.init(byteCount: bytes.count) { $0.copyMemory(from: bytes) }
    }

    /// The size of the message without its prefix.
    public var byteCount: Int { buffer.count - OutgoingMessage.prefixBytes }

    /// The same message compressed; nil if hardly anything would be gained, or if there is no memory or nobody waits any more.
    func compressed(_ encoding: MessageEncoding, cancellation: CancellationFlag? = nil) -> OutgoingMessage? {
        let result = ByteBuffer()
        let hasPrefix = result.append(upTo: OutgoingMessage.prefixBytes) { target in
            target.initializeMemory(as: UInt8.self, repeating: 0)
            return target.count
        }
        let body = UnsafeRawBufferPointer(rebasing: buffer.bytes.dropFirst(OutgoingMessage.prefixBytes))
        defer { withExtendedLifetime(buffer) {} }
        guard hasPrefix, Compression.compress(body, encoding, into: result, cancellation: cancellation) else {
            return nil
        }
        let byteCount = UInt32(result.count - OutgoingMessage.prefixBytes)
        result.withUnsafeMutableBytes { bytes in
            bytes[0] = 1
            bytes.storeBytes(of: byteCount.bigEndian, toByteOffset: 1, as: UInt32.self)
        }
        return OutgoingMessage(result, encoding)
    }
}
