import Testing

@testable import SavedModels

@Suite struct SnappyTests {
    private func decompress(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.withUnsafeBytes { compressed in
            guard let plain = Snappy.decompress(compressed) else { return nil }
            defer { plain.deallocate() }
            return Array(plain)
        }
    }

    @Test func literalsAndCopiesOfEveryKind() {
        #expect(decompress([0]) == [])
        #expect(decompress([3, 2 << 2, 1, 2, 3]) == [1, 2, 3])
        // "ab", then eight bytes from two back: the copy overlaps itself.
        #expect(decompress([10, 1 << 2, 97, 98, 4 << 2 | 1, 2]) == Array("ababababab".utf8))
        #expect(decompress([8, 1 << 2, 97, 98, 5 << 2 | 2, 2, 0]) == Array("abababab".utf8))
        #expect(decompress([4, 1 << 2, 97, 98, 1 << 2 | 3, 2, 0, 0, 0]) == Array("abab".utf8))
        let long = [UInt8](repeating: 9, count: 100)
        #expect(decompress([100, 60 << 2, 99] + long) == long)
    }

    @Test func malformedInputIsRefused() {
        #expect(decompress([]) == nil)
        #expect(decompress([5, 2 << 2, 1, 2, 3]) == nil, "too few bytes")
        #expect(decompress([2, 2 << 2, 1, 2, 3]) == nil, "too many bytes")
        #expect(decompress([3, 2 << 2, 1]) == nil, "cut off")
        #expect(decompress([6, 1 << 2, 97, 98, 1, 3]) == nil, "a copy from before the beginning")
        #expect(decompress([6, 1 << 2, 97, 98, 1, 0]) == nil, "a copy from itself")
        #expect(decompress([255, 255, 255, 255, 127, 0, 1]) == nil, "a length that can't be")
    }
}
