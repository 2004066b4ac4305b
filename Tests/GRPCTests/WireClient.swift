import CNghttp2
import ServingCore
import TestSupport
import Transports

@testable import GRPC

/// What came back on one stream.
struct WireAnswer {
    var headers: [String: String] = [:]
    var trailers: [String: String] = [:]
    var body: [UInt8] = []
    var isEnded = false
    var resetCode: UInt32?

    /// The status, wherever it was sent.
    var status: Status? {
        guard let text = trailers["grpc-status"] ?? headers["grpc-status"], let number = Int32(text),
            let code = StatusCode(rawValue: number)
        else { return nil }
        return Status(code, trailers["grpc-message"] ?? headers["grpc-message"] ?? "")
    }

    /// The one message of the body; nil if it isn't one.
    var message: [UInt8]? {
        guard body.count >= 5, body[0] == 0 else { return nil }
        let count = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        return body.count == count + 5 ? Array(body[5...]) : nil
    }
}

/// A gRPC client on hand-made frames, so that it can also misbehave.
final class WireClient {
    let peer: FramePeer
    private let inflater: OpaquePointer
    private var answers: [UInt32: WireAnswer] = [:]
    private var lastStream: UInt32 = 0
    private(set) var goaway: UInt32?

    init(_ server: TestServer, window: UInt32) {
        peer = FramePeer(port: server.port, of: server)
        var inflater: OpaquePointer?
        precondition(nghttp2_hd_inflate_new(&inflater) == 0)
        self.inflater = inflater!
        let size = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: window >> UInt32($0)) }
        peer.send(Frame.settings, [0, 4] + size)
        peer.send(Frame.windowUpdate, [0x3f, 0, 0, 0])
        // The server's window holds from the acknowledgement on.
        if let frame = peer.next(Frame.settings) { take(frame) }
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    /// A message with its prefix; `announcing` lies about its length.
    static func framed(_ message: [UInt8], flag: UInt8 = 0, announcing count: UInt32? = nil) -> [UInt8] {
        let length = count ?? UInt32(message.count)
        return [flag] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + message
    }

    /// Begins a call.
    /// - Returns: its stream.
    func begin(_ path: String, _ metadata: [(String, String)] = [], ends: Bool = false) -> UInt32 {
        begin(block: FramePeer.request(path, metadata), ends: ends)
    }

    func begin(block: [UInt8], ends: Bool = false) -> UInt32 {
        let stream = lastStream == 0 ? 1 : lastStream + 2
        lastStream = stream
        peer.send(Frame.headers, flags: ends ? 5 : 4, stream: stream, block)
        return stream
    }

    func send(_ bytes: [UInt8], on stream: UInt32, ends: Bool = true) {
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(16_384)
            rest = rest.dropFirst(piece.count)
            peer.send(Frame.data, flags: ends && rest.isEmpty ? 1 : 0, stream: stream, Array(piece))
        } while !rest.isEmpty
    }

    func reset(_ stream: UInt32) { peer.send(Frame.reset, stream: stream, [0, 0, 0, 8]) }

    /// A whole call.
    func call(_ path: String, _ message: [UInt8], _ metadata: [(String, String)] = []) -> WireAnswer {
        let stream = begin(path, metadata)
        send(WireClient.framed(message), on: stream)
        return answer(on: stream)
    }

    /// Waits for the end of the answer on `stream`.
    func answer(on stream: UInt32, within seconds: Double = 5) -> WireAnswer {
        while answers[stream]?.isEnded != true, let frame = peer.next(within: seconds) { take(frame) }
        return answers[stream] ?? WireAnswer()
    }

    private func take(_ frame: Frame) {
        switch frame.type {
        case Frame.settings where frame.flags & 1 == 0: peer.send(Frame.settings, flags: 1)
        case Frame.ping where frame.flags & 1 == 0: peer.send(Frame.ping, flags: 1, frame.payload)
        case Frame.goaway: goaway = frame.word(at: 0)
        case Frame.headers:
            let fields = inflate(frame.payload)
            var answer = answers[frame.stream] ?? WireAnswer()
            if answer.headers.isEmpty { answer.headers = fields } else { answer.trailers = fields }
            answer.isEnded = frame.endsStream
            answers[frame.stream] = answer
        case Frame.data:
            answers[frame.stream, default: WireAnswer()].body += frame.payload
            if frame.endsStream { answers[frame.stream]?.isEnded = true }
        case Frame.reset:
            answers[frame.stream, default: WireAnswer()].resetCode = frame.word(at: 0)
            answers[frame.stream]?.isEnded = true
        default: break
        }
    }

    private func inflate(_ block: [UInt8]) -> [String: String] {
        var fields: [String: String] = [:]
        block.withUnsafeBufferPointer { bytes in
            var used = 0
            while true {
                var field = nghttp2_nv()
                var flags: Int32 = 0
                let count = nghttp2_hd_inflate_hd2(
                    inflater, &field, &flags, bytes.baseAddress! + used, bytes.count - used, 1)
                precondition(count >= 0, "the header block is malformed")
                used += count
                if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                    let name = UnsafeBufferPointer(start: field.name, count: field.namelen)
                    let value = UnsafeBufferPointer(start: field.value, count: field.valuelen)
                    fields[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
                }
                if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 { break }
            }
            nghttp2_hd_inflate_end_headers(inflater)
        }
        return fields
    }
}
