import TestSupport
import Testing

@testable import Records

@Suite struct CRC32CTests {
    private func checksum(_ text: String) -> UInt32 { Array(text.utf8).withUnsafeBytes { CRC32C.checksum($0) } }

    @Test func knownChecksums() {
        #expect(checksum("") == 0)
        #expect(checksum("123456789") == 0xe306_9283)
        #expect([UInt8](repeating: 0, count: 32).withUnsafeBytes { CRC32C.checksum($0) } == 0x8a91_36aa)
        #expect([UInt8](repeating: 255, count: 32).withUnsafeBytes { CRC32C.checksum($0) } == 0x62a8_ab43)
    }

    @Test func tableAndInstructionAgreeAtEveryLengthAndAlignment() {
        var random = Seeded(state: 7)
        let bytes = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes.withUnsafeBytes { all in
            for start in 0..<9 {
                for end in start..<all.count {
                    let part = UnsafeRawBufferPointer(rebasing: all[start..<end])
                    #expect(CRC32C.checksum(part) == CRC32C.extendByTable(0, part))
                }
            }
        }
    }

    @Test func checksumsCanBeExtended() {
        let bytes = Array("the quick brown fox jumps".utf8)
        bytes.withUnsafeBytes { all in
            for cut in 0...all.count {
                let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: all[..<cut]))
                #expect(CRC32C.extend(first, UnsafeRawBufferPointer(rebasing: all[cut...])) == CRC32C.checksum(all))
            }
        }
    }

    @Test func maskingIsUndone() {
        for checksum: UInt32 in [0, 1, 0x8000_0000, 0xffff_ffff, 0x1234_5678] {
            #expect(CRC32C.mask(checksum) != checksum)
            #expect(CRC32C.unmask(CRC32C.mask(checksum)) == checksum)
        }
    }
}
