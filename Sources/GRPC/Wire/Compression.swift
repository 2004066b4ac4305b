import CZlib
import ServingCore
import Transports

/// Compressed messages, over zlib. `gzip` has gzip's header and trailer, `deflate` zlib's, as in HTTP.
enum Compression {
    private static let firstPiece = 64 << 10

    /// The message that `compressed` contains.
    /// - Parameters:
    ///   - limit: no more bytes than this are ever produced or allocated.
    ///   - takeRoom: asked before so many more bytes are allocated; false refuses them.
    /// - Throws: RESOURCE_EXHAUSTED above the limit or without memory, INTERNAL for bytes that are not of that
    ///   encoding, that end too early, or that have something behind the end.
    static func decompress(
        _ compressed: UnsafeRawBufferPointer, _ encoding: MessageEncoding, limit: Int,
        takeRoom: (Int) -> Bool
    ) throws(Status) -> ByteBuffer {
        var stream = z_stream()
        let windowBits = encoding == .gzip ? MAX_WBITS + 16 : MAX_WBITS
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
            throw .resourceExhausted("no memory to decompress a message")
        }
        defer { inflateEnd(&stream) }
        let output = ByteBuffer()
        var unread = compressed
        while true {
            let room = min(limit - output.count, max(firstPiece, output.count), Int(UInt32.max))
            guard takeRoom(room) else {
                throw .resourceExhausted("no room to decompress a message beyond \(output.count) bytes")
            }
            let produced = try inflatePiece(&stream, &unread, into: output, room: room)
            if produced.isEnd {
                guard unread.isEmpty else { throw malformed(encoding, "bytes follow the end of the stream") }
                return output
            }
            // A full piece means that more may come; otherwise zlib stopped because the input is used up.
            guard produced.count == room else { throw malformed(encoding, "the stream ends too early") }
            guard output.count < limit else {
                try requireEnd(&stream, &unread, encoding, limit)
                return output
            }
        }
    }

    private static func inflatePiece(
        _ stream: inout z_stream, _ unread: inout UnsafeRawBufferPointer, into output: ByteBuffer, room: Int
    ) throws(Status) -> (count: Int, isEnd: Bool) {
        guard output.reserve(output.count + room) else { throw .resourceExhausted("no memory to decompress a message") }
        var result = Z_OK
        var produced = 0
        let wasAppended = output.append(upTo: room) { target in
            result = inflateOnce(&stream, &unread, target)
            produced = target.count - Int(stream.avail_out)
            return produced
        }
        guard wasAppended, result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
            throw .internalError("Failed to decompress the message: \(text(of: stream))")
        }
        return (produced, result == Z_STREAM_END)
    }

    /// Runs zlib over input of any length, whose counters have 32 bits.
    private static func inflateOnce(
        _ stream: inout z_stream, _ unread: inout UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) -> Int32 {
        stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(target.count)
        while true {
            let given = min(unread.count, Int(UInt32.max))
            let source = unread.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.next_in = UnsafeMutablePointer(mutating: source)
            stream.avail_in = UInt32(given)
            let result = inflate(&stream, Z_NO_FLUSH)
            unread = UnsafeRawBufferPointer(rebasing: unread.dropFirst(given - Int(stream.avail_in)))
            guard result == Z_OK, stream.avail_out > 0, !unread.isEmpty else { return result }
        }
    }

    /// The output has reached the limit: nothing but the end of the stream may follow.
    private static func requireEnd(
        _ stream: inout z_stream, _ unread: inout UnsafeRawBufferPointer, _ encoding: MessageEncoding, _ limit: Int
    ) throws(Status) {
        var surplus: UInt8 = 0
        var result = Z_OK
        var isSurplus = false
        withUnsafeMutableBytes(of: &surplus) { target in
            result = inflateOnce(&stream, &unread, target)
            isSurplus = stream.avail_out == 0
        }
        if isSurplus { throw .resourceExhausted("Received message larger than max (more than \(limit) vs. \(limit))") }
        guard result == Z_STREAM_END else { throw malformed(encoding, "the stream ends too early") }
        guard unread.isEmpty else { throw malformed(encoding, "bytes follow the end of the stream") }
    }

    private static func malformed(_ encoding: MessageEncoding, _ reason: String) -> Status {
        .internalError("Failed to decompress the message (\(encoding.name)): \(reason)")
    }

    private static func text(of stream: z_stream) -> String {
        guard let text = stream.msg else { return "invalid data" }
        return String(cString: text)
    }

    // MARK: Compressing

    /// Quick rather than thorough: higher levels take up to eight times as long for some hundredths of the size.
    private static let level: Int32 = 2
    /// So much is compressed before it is decided whether the rest is worth the time.
    private static let sampleBytes = 128 << 10
    /// What zlib may hold back of its input, at most.
    private static let delayedBytes = 32 << 10

    /// The most that is worth sending of a message that takes `byteCount` bytes as it is.
    private static func worth(_ byteCount: Int) -> Int { byteCount - byteCount / 8 - 1 }

    /// Appends `message`, compressed, to `output`.
    /// - Returns: false if it would shrink by less than an eighth, if there is no memory, or if the run is cancelled; what
    ///   `output` holds does not matter then.
    static func compress(
        _ message: UnsafeRawBufferPointer, _ encoding: MessageEncoding, into output: ByteBuffer,
        cancellation: CancellationFlag? = nil
    ) -> Bool {
        guard encoding != .identity else { return false }
        var stream = z_stream()
        guard begin(&stream, encoding, byteCount: message.count) else { return false }
        defer { deflateEnd(&stream) }
        let first = output.count
        let limit = worth(message.count)
        var unread = message
        while cancellation?.isCancelled != true {
            let produced = output.count - first
            let room = min(limit - produced, max(firstPiece, produced))
            guard room > 0 else { return false }
            let used = message.count - unread.count
            guard used < sampleBytes || produced <= worth(used - delayedBytes) else { return false }
            switch deflatePiece(&stream, &unread, into: output, room: room) {
            case Z_STREAM_END: return true
            case Z_OK, Z_BUF_ERROR: break
            default: return false
            }
        }
        return false
    }

    /// A small message gets a small window: making a large one takes longer than using it.
    private static func begin(_ stream: inout z_stream, _ encoding: MessageEncoding, byteCount: Int) -> Bool {
        let neededBits = Int32(Int.bitWidth - byteCount.leadingZeroBitCount)
        let windowBits = min(max(9, neededBits), MAX_WBITS)
        let size = Int32(MemoryLayout<z_stream>.size)
        return deflateInit2_(
            &stream, level, Z_DEFLATED, encoding == .gzip ? windowBits + 16 : windowBits, windowBits - 7,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    }

    /// Compresses some of `unread`; returns what zlib said.
    private static func deflatePiece(
        _ stream: inout z_stream, _ unread: inout UnsafeRawBufferPointer, into output: ByteBuffer, room: Int
    ) -> Int32 {
        var result = Z_MEM_ERROR
        let given = min(unread.count, sampleBytes)
        let source = unread.baseAddress?.assumingMemoryBound(to: UInt8.self)
        _ = output.append(upTo: room) { target in
            stream.next_in = UnsafeMutablePointer(mutating: source)
            stream.avail_in = UInt32(given)
            stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(min(target.count, Int(UInt32.max)))
            let offered = Int(stream.avail_out)
            result = deflate(&stream, given == unread.count ? Z_FINISH : Z_NO_FLUSH)
            return offered - Int(stream.avail_out)
        }
        unread = UnsafeRawBufferPointer(rebasing: unread.dropFirst(given - Int(stream.avail_in)))
        return result
    }
}
