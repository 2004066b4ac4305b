import CNghttp2
import Glibc
import ServingCore

extension HTTP2Connection {
    // MARK: What streams ask for

    func submitResponse(_ stream: HTTP2Stream, _ headers: HeaderBlock, endStream: Bool) {
        guard let session, phase == .open else { return }
        var failure: Int32
        if endStream {
            failure = nghttp2_submit_response(session, stream.id, headers.fields.baseAddress, headers.count, nil)
        } else {
            var provider = nghttp2_data_provider()
            provider.read_callback = HTTP2Callbacks.readBody
            failure = nghttp2_submit_response(session, stream.id, headers.fields.baseAddress, headers.count, &provider)
        }
        if failure != 0 {
            failure = nghttp2_submit_rst_stream(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, NGHTTP2_INTERNAL_ERROR.rawValue)
        }
        flushSoon()
    }

    func resumeData(_ stream: HTTP2Stream) {
        guard let session, phase == .open else { return }
        nghttp2_session_resume_data(session, stream.id)
        flushSoon()
    }

    func submitReset(_ stream: HTTP2Stream, _ errorCode: UInt32) {
        guard let session, phase == .open else { return }
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, errorCode)
        flushSoon()
    }

    func consume(_ stream: HTTP2Stream, _ count: Int) {
        guard let session, phase == .open else { return }
        nghttp2_session_consume_stream(session, stream.id, count)
        flushSoon()
    }

    // MARK: What nghttp2 tells

    /// The answer on stream `id` is complete. A peer that is still sending its request is asked to stop.
    func answerSent(_ id: Int32) {
        guard let session, let raw = nghttp2_session_get_stream_user_data(session, id) else { return }
        Unmanaged<HTTP2Stream>.fromOpaque(raw).takeUnretainedValue().isAnswered = true
        if nghttp2_session_get_stream_remote_close(session, id) == 0 {
            nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, NGHTTP2_NO_ERROR.rawValue)
        }
    }

    /// Takes a DATA frame: its header, and then bytes that stay where they are.
    func sendData(_ stream: HTTP2Stream, head: UnsafePointer<UInt8>, count: Int) -> Int32 {
        guard !output.isFull else { return NGHTTP2_ERR_WOULDBLOCK.rawValue }
        output.appendCopy(head, count: 9)
        stream.moveBody(count, to: &output)
        return 0
    }

    // MARK: Writing

    func writeOutput() {
        while phase != .closed, phase != .lingering {
            guard fillOutput() else { return }
            guard !output.isEmpty else { break }
            let before = output.pendingBytes
            let result = output.write(to: descriptor)
            if output.pendingBytes < before { life.progressed(at: loop.now) }
            switch result {
            case .done: continue
            case .failed: return close()
            case .blocked:
                if !isBlocked { loop.watch(descriptor, reading: true, writing: true) }
                isBlocked = true
                return
            }
        }
        guard phase != .closed, phase != .lingering else { return }
        if isBlocked {
            isBlocked = false
            loop.watch(descriptor, reading: true, writing: false)
        }
        if phase == .finishing || isOver { linger() }
    }

    /// Pulls frames from nghttp2 until it has none or the queue is full; false if that ended the connection.
    private func fillOutput() -> Bool {
        guard let session, phase == .open else { return true }
        while !output.isFull {
            var piece: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &piece)
            if let violation {
                finish(errorCode: violation.errorCode, reason: violation.reason)
                return true
            }
            guard count >= 0 else {
                close()
                return false
            }
            guard count > 0, let piece else { return true }
            output.appendCopy(piece, count: count)
        }
        return true
    }

    /// True if neither side has anything more to say.
    private var isOver: Bool {
        guard let session else { return true }
        return nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }

    // MARK: The end

    func appendRaw(_ text: String) {
        var text = text
        text.withUTF8 { if let base = $0.baseAddress { output.appendCopy(base, count: $0.count) } }
    }

    /// Ends the connection because of the peer: GOAWAY with `reason`, then nothing more is read from it.
    ///
    /// The frame is made by hand, because after a fatal error nghttp2 may not be asked for one.
    func finish(errorCode: UInt32, reason: String) {
        guard phase == .open, let session else { return }
        phase = .finishing
        // Output ends at the end of a frame, but there may be no room for one more: then the peer goes without.
        if !output.isFull {
            let text = Array(reason.utf8.prefix(256))
            let lastStream = UInt32(bitPattern: nghttp2_session_get_last_proc_stream_id(session))
            let length = text.count + 8
            var frame: [UInt8] = [0, UInt8(length >> 8), UInt8(length & 255), 7, 0, 0, 0, 0, 0]
            for word in [lastStream, errorCode] {
                for shift in [24, 16, 8, 0] { frame.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
            }
            frame += text
            frame.withUnsafeBytes { output.appendCopy($0.baseAddress!, count: $0.count) }
        }
        while let stream = streams.last { endStream(stream, errorCode) }
        flushSoon()
    }

    /// Shuts our side and waits a moment for the peer's: closing at once could destroy what is on the way to it.
    private func linger() {
        phase = .lingering
        output.reset()
        while let stream = streams.last { endStream(stream, NGHTTP2_CANCEL.rawValue) }
        shutdown(descriptor, Int32(SHUT_WR))
        loop.watch(descriptor, reading: true, writing: false)
        loop.schedule(housekeeping, at: loop.now.advanced(byNanoseconds: template.limits.lingerNanoseconds))
    }
}
