/// Undoes the raw Snappy compression that table blocks may have.
enum Snappy {
    /// No element of the format makes more than 64 bytes of three, so a larger claim is a lie.
    private static let largestRatio = 22

    /// The plain bytes, which the caller frees; nil if `compressed` is malformed.
    static func decompress(_ compressed: UnsafeRawBufferPointer) -> UnsafeMutableRawBufferPointer? {
        var cursor = ByteCursor(compressed)
        guard let count = cursor.count(), count <= compressed.count * largestRatio else { return nil }
        let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 16)
        let output = UnsafeMutableRawBufferPointer(rebasing: plain[0..<count])
        guard fill(output, &cursor) else {
            plain.deallocate()
            return nil
        }
        return output.count == plain.count
            ? plain : UnsafeMutableRawBufferPointer(start: plain.baseAddress, count: count)
    }

    private static func fill(_ output: UnsafeMutableRawBufferPointer, _ cursor: inout ByteCursor) -> Bool {
        var written = 0
        while let tag = cursor.byte() {
            let done =
                tag & 3 == 0
                ? literal(tag, &cursor, output, &written)
                : copy(tag, &cursor, output, &written)
            guard done else { return false }
        }
        return written == output.count
    }

    private static func literal(
        _ tag: UInt8, _ cursor: inout ByteCursor, _ output: UnsafeMutableRawBufferPointer, _ written: inout Int
    ) -> Bool {
        var count = Int(tag >> 2)
        if count >= 60 {
            guard let bytes = cursor.take(count - 59) else { return false }
            count = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        count += 1
        guard count <= output.count - written, let bytes = cursor.take(count) else { return false }
        UnsafeMutableRawBufferPointer(rebasing: output[written..<written + count]).copyMemory(from: bytes)
        written += count
        return true
    }

    /// Copies bytes written before; source and destination may overlap, which repeats a pattern.
    private static func copy(
        _ tag: UInt8, _ cursor: inout ByteCursor, _ output: UnsafeMutableRawBufferPointer, _ written: inout Int
    ) -> Bool {
        let offsetBytes = [0, 1, 2, 4][Int(tag & 3)]
        guard let bytes = cursor.take(offsetBytes) else { return false }
        var offset = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        var count = Int(tag >> 2) + 1
        if offsetBytes == 1 {
            offset |= Int(tag >> 5) << 8
            count = Int(tag >> 2 & 7) + 4
        }
        guard offset > 0, offset <= written, count <= output.count - written else { return false }
        for index in written..<written + count { output[index] = output[index - offset] }
        written += count
        return true
    }
}
