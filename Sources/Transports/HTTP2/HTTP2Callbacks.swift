import CNghttp2

/// The C functions that nghttp2 calls; each finds its connection and stream and passes on.
enum HTTP2Callbacks {
    static func install(in callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, beginHeaders)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frameReceived)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceived)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosed)
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalidFrame)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frameSent)
        nghttp2_session_callbacks_set_send_data_callback(callbacks, sendData)
    }

    /// Calls `body` with the connection, which lives longer than the session that calls back.
    @inline(__always) private static func connection<Result>(
        _ user: UnsafeMutableRawPointer?, _ body: (HTTP2Connection) -> Result
    ) -> Result {
        Unmanaged<HTTP2Connection>.fromOpaque(user!)._withUnsafeGuaranteedRef(body)
    }

    private static func stream(_ session: OpaquePointer?, _ id: Int32) -> HTTP2Stream? {
        guard let raw = nghttp2_session_get_stream_user_data(session, id) else { return nil }
        return Unmanaged<HTTP2Stream>.fromOpaque(raw).takeUnretainedValue()
    }

    private static let beginHeaders: nghttp2_on_begin_headers_callback = { session, frame, user in
        guard let frame, frame.pointee.hd.type == NGHTTP2_HEADERS.rawValue,
            frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
        else { return 0 }
        connection(user) { $0.beginStream(frame.pointee.hd.stream_id) }
        return 0
    }

    private static let header: nghttp2_on_header_callback = {
        session, frame, name, nameCount, value, valueCount, _, user in
        guard let frame, let raw = nghttp2_session_get_stream_user_data(session, frame.pointee.hd.stream_id) else {
            return 0
        }
        // The connection keeps the stream, which does not end between its header fields.
        return Unmanaged<HTTP2Stream>.fromOpaque(raw)._withUnsafeGuaranteedRef { stream in
            connection(user) { connection in
                connection.receivedHeader(
                    stream, UnsafeRawBufferPointer(start: name, count: nameCount),
                    UnsafeRawBufferPointer(start: value, count: valueCount))
            }
        }
    }

    private static let frameReceived: nghttp2_on_frame_recv_callback = { session, frame, user in
        guard let frame else { return 0 }
        let head = frame.pointee.hd
        return connection(user) { connection in
            switch UInt32(head.type) {
            case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
                guard let stream = stream(session, head.stream_id) else { return connection.countControlFrame() }
                return connection.receivedFrame(stream, head)
            case NGHTTP2_PING.rawValue where head.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0:
                connection.pingAnswered()
                return 0
            case NGHTTP2_PING.rawValue: return connection.receivedPing()
            case NGHTTP2_SETTINGS.rawValue:
                connection.receivedSettings()
                return connection.countControlFrame()
            default:
                return connection.countControlFrame()
            }
        }
    }

    private static let dataReceived: nghttp2_on_data_chunk_recv_callback = { session, _, id, bytes, count, user in
        connection(user) { connection in
            connection.receivedData(
                stream(session, id), id, UnsafeRawBufferPointer(start: bytes, count: count))
        }
        return 0
    }

    private static let streamClosed: nghttp2_on_stream_close_callback = { session, id, errorCode, user in
        if let stream = stream(session, id) { connection(user) { $0.endStream(stream, errorCode) } }
        return 0
    }

    private static let invalidFrame: nghttp2_on_invalid_frame_recv_callback = { _, _, _, user in
        connection(user) { $0.countGlitch() }
    }

    private static let frameSent: nghttp2_on_frame_send_callback = { session, frame, user in
        guard let head = frame?.pointee.hd else { return 0 }
        return connection(user) { connection in
            switch UInt32(head.type) {
            case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
                connection.pingStrikes?.sent()
                if head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 { connection.answerSent(head.stream_id) }
            case NGHTTP2_RST_STREAM.rawValue: return connection.resetSent(frame!.pointee.rst_stream.error_code)
            case NGHTTP2_GOAWAY.rawValue: connection.goawaySent()
            default: break
            }
            return 0
        }
    }

    private static let sendData: nghttp2_send_data_callback = { session, frame, head, count, _, user in
        guard let frame, let head, let stream = stream(session, frame.pointee.hd.stream_id) else {
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        return connection(user) { $0.sendData(stream, head: head, count: count) }
    }

    /// Called when the peer's window has room: says how much of the stream's body goes into the next frame.
    static let readBody: nghttp2_data_source_read_callback = { session, id, _, limit, flags, _, user in
        guard let flags, let stream = stream(session, id) else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        guard let piece = stream.nextBodyPiece(limit: limit) else { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        guard piece.isLast else { return piece.count }
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        if let trailers = piece.trailers {
            flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            let failure = nghttp2_submit_trailer(session, id, trailers.fields.baseAddress, trailers.count)
            if failure != 0 { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
        }
        return piece.count
    }
}
