import CPlatform

/// The checksum of TensorFlow's files: CRC-32 with the Castagnoli polynomial.
public enum CRC32C {
    private static let hasInstruction = cplatform_has_crc32() != 0

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 { extend(0, bytes) }

    /// The checksum of what `checksum` stands for, followed by `bytes`.
    public static func extend(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard hasInstruction else { return extendByTable(checksum, bytes) }
        return ~cplatform_crc32c(~checksum, bytes.baseAddress, bytes.count)
    }

    /// What files store in place of `checksum`, so that a checksum over stored checksums stays meaningful.
    public static func mask(_ checksum: UInt32) -> UInt32 {
        (checksum >> 15 | checksum << 17) &+ maskDelta
    }

    /// The checksum that `masked` stands for.
    public static func unmask(_ masked: UInt32) -> UInt32 {
        let rotated = masked &- maskDelta
        return rotated >> 17 | rotated << 15
    }

    private static let maskDelta: UInt32 = 0xa282_ead8

    /// `tables[256 * k + b]`: byte `b` followed by `k` zero bytes, so that eight bytes need eight independent look-ups.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for byte in 0..<UInt32(256) {
            var value = byte
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1 }
            tables.append(value)
        }
        for index in 256..<2048 {
            let shorter = tables[index - 256]
            tables.append(shorter >> 8 ^ tables[Int(shorter & 0xff)])
        }
        return tables
    }()

    /// As `extend`, for processors without the instruction.
    static func extendByTable(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var state = ~checksum
            var index = 0
            while index &+ 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian ^ UInt64(state)
                state = 0
                for position in 0..<8 {
                    let byte = Int(truncatingIfNeeded: word >> UInt64(8 &* position)) & 0xff
                    state ^= tables[(7 &- position) &* 256 &+ byte]
                }
                index &+= 8
            }
            while index < bytes.count {
                state = state >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: state) ^ bytes[index])]
                index &+= 1
            }
            return ~state
        }
    }
}
