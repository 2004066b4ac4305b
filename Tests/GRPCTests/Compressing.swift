import Testing
import Transports

@testable import GRPC

/// `bytes` compressed by the code under test.
func compressed(_ bytes: [UInt8], _ encoding: MessageEncoding) throws -> [UInt8] {
    let output = ByteBuffer()
    try #require(bytes.withUnsafeBytes { Compression.compress($0, encoding, into: output) })
    return output.copiedBytes
}

extension ByteBuffer {
    var copiedBytes: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }
}
