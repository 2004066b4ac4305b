import CZlib
import Glibc
import ServingCore
import Transports

/// gzip over zlib, piece by piece.
enum Gzip {
    private static let pieceBytes = 64 << 10

    /// Hands what `compressed` contains to `take`, in pieces, until that returns false.
    /// - Returns: true if everything was taken and the stream was whole, with nothing behind it.
    static func inflate(_ compressed: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, size) == Z_OK else { return false }
        defer { inflateEnd(&stream) }
        return withUnsafeTemporaryAllocation(byteCount: pieceBytes, alignment: 16) { piece in
            var unread = compressed
            while true {
                let given = min(unread.count, 1 << 30)
                let source = unread.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.next_in = UnsafeMutablePointer(mutating: source)
                stream.avail_in = UInt32(given)
                stream.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(piece.count)
                let result = CZlib.inflate(&stream, Z_NO_FLUSH)
                unread = UnsafeRawBufferPointer(rebasing: unread.dropFirst(given - Int(stream.avail_in)))
                let produced = piece.count - Int(stream.avail_out)
                guard result == Z_OK || result == Z_STREAM_END else { return false }
                guard take(UnsafeRawBufferPointer(rebasing: piece.prefix(produced))) else { return false }
                if result == Z_STREAM_END { return unread.isEmpty }
            }
        }
    }

    /// Quick rather than thorough.
    private static let level: Int32 = 2

    /// `bytes` in gzip's format; nil if that is not shorter, without memory, or if nobody wants it any more.
    static func compress(_ bytes: UnsafeRawBufferPointer, _ cancellation: CancellationFlag) -> ByteBuffer? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let output = ByteBuffer()
        var unread = bytes
        while !cancellation.isCancelled {
            let room = min(bytes.count - output.count, max(pieceBytes, output.count), 1 << 30)
            guard room > 0 else { return nil }
            let given = min(unread.count, 1 << 20)
            let source = unread.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var result = Z_MEM_ERROR
            let wasAppended = output.append(upTo: room) { target in
                stream.next_in = UnsafeMutablePointer(mutating: source)
                stream.avail_in = UInt32(given)
                stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(target.count)
                result = deflate(&stream, given == unread.count ? Z_FINISH : Z_NO_FLUSH)
                return target.count - Int(stream.avail_out)
            }
            guard wasAppended, result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else { return nil }
            if result == Z_STREAM_END { return output }
            unread = UnsafeRawBufferPointer(rebasing: unread.dropFirst(given - Int(stream.avail_in)))
        }
        return nil
    }
}
