/// 128 bits that stand for the contents of some memory; equal contents have equal ones.
///
/// Four lanes of each half take a word at a time, so that memory is read at its own speed.
struct Fingerprint: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    private typealias Words = SIMD8<UInt64>

    init(_ bytes: UnsafeRawBufferPointer) {
        var state = Words(
            0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93,
            0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3, 0x5896_36d7_b4c2_3fb5)
        let whole = bytes.count & ~63
        for offset in stride(from: 0, to: whole, by: 64) {
            state = Fingerprint.mixed(state, bytes.loadUnaligned(fromByteOffset: offset, as: Words.self))
        }
        var rest = Words.zero
        withUnsafeMutableBytes(of: &rest) { rest in
            for index in whole..<bytes.count { rest[index - whole] = bytes[index] }
        }
        state = Fingerprint.mixed(state, rest)
        state = Fingerprint.mixed(state, Words(repeating: UInt64(bytes.count)))
        high = Fingerprint.joined([state[0], state[1], state[2], state[3]])
        low = Fingerprint.joined([state[4], state[5], state[6], state[7]])
    }

    @inline(__always)
    private static func mixed(_ state: Words, _ words: Words) -> Words {
        var next = state ^ words
        next = next &* 0xff51_afd7_ed55_8ccd
        return next ^ (next &>> 32)
    }

    private static func joined(_ words: [UInt64]) -> UInt64 {
        words.reduce(0x2545_f491_4f6c_dd1d) { sum, word in
            let next = (sum ^ word) &* 0xff51_afd7_ed55_8ccd
            return next ^ (next &>> 29)
        }
    }
}
