import ServingCore
import ServingProtos

/// An answer whose size is known and whose bytes are written only when their place is known.
public struct WireAnswer {
    /// Bytes of the encoded message.
    public let byteCount: Int
    private let writeBytes: (UnsafeMutableRawBufferPointer) -> Void

    /// - Parameter write: writes exactly `byteCount` bytes.
    init(byteCount: Int, write: @escaping (UnsafeMutableRawBufferPointer) -> Void) {
        self.byteCount = byteCount
        writeBytes = write
    }

    /// An answer that has been encoded already.
    init(_ bytes: [UInt8]) { self.init(byteCount: bytes.count) { $0.copyBytes(from: bytes) } }

    /// Writes the message to `memory`, which has room for `byteCount` bytes.
    public func write(to memory: UnsafeMutableRawBufferPointer) { writeBytes(memory) }
}
