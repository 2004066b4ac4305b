import CNghttp2
import Glibc
import ServingCore

extension HTTP2Connection {
    package func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        if failed { return close() }
        if readable { readOnce() }
        if writable, phase != .closed { writeOutput() }
    }

    /// One read per event, so that no connection starves the others of its loop.
    private func readOnce() {
        let buffer = loop.readBuffer
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            return close()
        }
        guard phase == .open else { return }
        receive(UnsafeRawBufferPointer(start: buffer.baseAddress, count: count))
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        guard let session else { return }
        life.received(at: loop.now)
        let first = hasReceivedBytes ? nil : bytes.first
        hasReceivedBytes = true
        let result = nghttp2_session_mem_recv(session, bytes.baseAddress, bytes.count)
        if let violation { return finish(errorCode: violation.errorCode, reason: violation.reason) }
        if result < 0 { return failed(Int32(result), firstByte: first) }
        let queued = nghttp2_session_get_outbound_queue_size(session)
        if queued > template.limits.maxQueuedFrames + 4 * streams.count {
            return finish(errorCode: NGHTTP2_ENHANCE_YOUR_CALM.rawValue, reason: "too many frames wait to be sent")
        }
        flushSoon()
    }

    private func failed(_ error: Int32, firstByte: UInt8?) {
        switch error {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: refuseForeignProtocol(firstByte)
        case NGHTTP2_ERR_NOMEM.rawValue: close()
        case NGHTTP2_ERR_FLOODED.rawValue:
            finish(errorCode: NGHTTP2_ENHANCE_YOUR_CALM.rawValue, reason: "flooded with frames")
        default:
            finish(errorCode: NGHTTP2_PROTOCOL_ERROR.rawValue, reason: String(cString: nghttp2_strerror(error)))
        }
    }

    /// What begins with a letter may be HTTP/1.1, and gets an answer that a person can read.
    private func refuseForeignProtocol(_ firstByte: UInt8?) {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard let firstByte, capitals.contains(firstByte), output.isEmpty, !life.hasReceivedSettings else {
            return close()
        }
        let text = "This port speaks gRPC over HTTP/2 with prior knowledge.\n"
        let answer = """
            HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n\
            Connection: close\r\n\r\n\(text)
            """
        appendRaw(answer)
        phase = .finishing
        flushSoon()
    }

    // MARK: What nghttp2 tells

    func receivedHeader(
        _ stream: HTTP2Stream, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> Int32 {
        // Fields behind the body are trailers; nothing above needs them.
        guard !stream.hasReceivedHeaders else { return 0 }
        stream.headerListBytes += name.count + value.count + 32
        if stream.headerListBytes > template.limits.maxHeaderListBytes {
            let isBomb = stream.headerListBytes > 16 * template.limits.maxHeaderListBytes
            return isBomb ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue : 0
        }
        stream.handler?.receivedHeader(name: name, value: value)
        return 0
    }

    func receivedFrame(_ stream: HTTP2Stream, _ head: nghttp2_frame_hd) -> Int32 {
        let endsStream = head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        if head.type == NGHTTP2_HEADERS.rawValue, !stream.hasReceivedHeaders {
            stream.hasReceivedHeaders = true
            stream.handler?.receivedHeadersEnd(
                isComplete: stream.headerListBytes <= template.limits.maxHeaderListBytes)
        } else if head.length == 0, !endsStream {
            return countControlFrame()
        }
        if endsStream, !stream.hasEnded {
            stream.hasEnded = true
            stream.handler?.receivedEnd()
        }
        return 0
    }

    func receivedData(_ stream: HTTP2Stream?, _ id: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let session else { return }
        controlFrames.credit(2)
        // The window of the connection opens at once, so that a stream that is held back doesn't hold back the others.
        nghttp2_session_consume_connection(session, bytes.count)
        if let stream, let handler = stream.handler, !handler.receivedData(bytes) {
            stream.hold(bytes.count)
        } else {
            nghttp2_session_consume_stream(session, id, bytes.count)
        }
    }

    func receivedSettings() { life.receivedSettings() }

    func receivedPing() -> Int32 {
        if pingStrikes?.received(at: loop.now) == false {
            return violate(NGHTTP2_ENHANCE_YOUR_CALM.rawValue, "too_many_pings")
        }
        return countControlFrame()
    }

    func pingAnswered() {
        if drainPhase == .warned { sendFinalGoaway() }
    }

    // MARK: Floods

    func countControlFrame() -> Int32 {
        controlFrames.take(at: loop.now) ? 0 : violate(NGHTTP2_ENHANCE_YOUR_CALM.rawValue, "too many control frames")
    }

    func countGlitch() -> Int32 {
        glitches.take(at: loop.now) ? 0 : violate(NGHTTP2_ENHANCE_YOUR_CALM.rawValue, "too many invalid frames")
    }

    /// Resets that the peer provoked count; those for its cancellations and for calls beyond a limit don't.
    func resetSent(_ errorCode: UInt32) -> Int32 {
        switch errorCode {
        case NGHTTP2_NO_ERROR.rawValue, NGHTTP2_CANCEL.rawValue, NGHTTP2_REFUSED_STREAM.rawValue: countControlFrame()
        default: countGlitch()
        }
    }

    private func violate(_ errorCode: UInt32, _ reason: String) -> Int32 {
        if violation == nil { violation = (errorCode, reason) }
        return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }
}
