/// The frame around a record in a TFRecord file: its length (eight bytes, little-endian), the masked CRC-32C of those
/// bytes, the record, and the masked CRC-32C of the record.
public enum TFRecord {
    /// Bytes in front of a record.
    static let headerBytes = 12
    /// Bytes behind a record.
    static let footerBytes = 4

    /// Bytes that a record of `byteCount` bytes takes in a file.
    public static func size(_ byteCount: Int) -> Int { headerBytes + byteCount + footerBytes }

    /// Appends `record` in its frame.
    public static func append(_ record: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + size(record.count))
        withUnsafeBytes(of: UInt64(record.count).littleEndian) { length in
            bytes.append(contentsOf: length)
            append(CRC32C.checksum(length), to: &bytes)
        }
        bytes.append(contentsOf: record)
        append(CRC32C.checksum(record), to: &bytes)
    }

    private static func append(_ checksum: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: CRC32C.mask(checksum).littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// True if the last four of `bytes` are the masked checksum of those before.
    static func isIntact(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= footerBytes else { return false }
        let end = bytes.count - footerBytes
        let stored = bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self).littleEndian
        return CRC32C.unmask(stored) == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    }
}
