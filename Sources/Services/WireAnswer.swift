import ServingCore
import ServingProtos

/// An answer whose size is known and whose bytes are written only when their place is known.
public struct WireAnswer {
    /// Bytes of the encoded message.
    public let byteCount: Int
    private let content: Content

    private enum Content {
        case encoded([UInt8])
        case predict(PredictResponseEncoding)
        case written((UnsafeMutableRawBufferPointer) -> Void)
    }

    /// - Parameter write: writes exactly `byteCount` bytes.
    init(byteCount: Int, write: @escaping (UnsafeMutableRawBufferPointer) -> Void) {
        self.byteCount = byteCount
        content = .written(write)
    }

    /// An answer that has been encoded already.
    init(_ bytes: [UInt8]) {
        byteCount = bytes.count
        content = .encoded(bytes)
    }

    /// The answer to a Predict.
    init(_ response: PredictResponseEncoding) {
        byteCount = response.byteCount
        content = .predict(response)
    }

    /// Writes the message to `memory`, which has room for `byteCount` bytes.
    public func write(to memory: UnsafeMutableRawBufferPointer) {
        switch content {
        case .encoded(let bytes): memory.copyBytes(from: bytes)
        case .predict(let response): response.write(to: memory)
        case .written(let write): write(memory)
        }
    }
}
