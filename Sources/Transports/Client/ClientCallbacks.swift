import CNghttp2

/// The C functions that nghttp2 calls for a client; each finds its request and passes on.
enum ClientCallbacks {
    static func install(in callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceived)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosed)
    }

    private static func request(_ session: OpaquePointer?, _ id: Int32) -> ClientRequest? {
        guard let raw = nghttp2_session_get_stream_user_data(session, id) else { return nil }
        return Unmanaged<ClientRequest>.fromOpaque(raw).takeUnretainedValue()
    }

    private static let header: nghttp2_on_header_callback = {
        session, frame, name, nameCount, value, valueCount, _, _ in
        guard let frame, let request = request(session, frame.pointee.hd.stream_id) else { return 0 }
        request.received(
            UnsafeRawBufferPointer(start: name, count: nameCount),
            UnsafeRawBufferPointer(start: value, count: valueCount))
        return 0
    }

    private static let dataReceived: nghttp2_on_data_chunk_recv_callback = { session, _, id, bytes, count, _ in
        guard let request = request(session, id) else { return 0 }
        request.answerBytes += count
        if request.keepsAnswer { request.answer += UnsafeBufferPointer(start: bytes, count: count) }
        return 0
    }

    private static let streamClosed: nghttp2_on_stream_close_callback = { session, id, errorCode, user in
        guard let request = request(session, id) else { return 0 }
        request.errorCode = errorCode
        Unmanaged<ClientConnection>.fromOpaque(user!).takeUnretainedValue().ended(request)
        return 0
    }

    /// Copies the next part of the body into a frame.
    static let readBody: nghttp2_data_source_read_callback = { session, id, buffer, limit, flags, _, _ in
        guard let request = request(session, id), let buffer, let flags else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        let count = min(limit, request.body.count - request.sentBytes)
        if count > 0 {
            UnsafeMutableRawPointer(buffer).copyMemory(
                from: request.body.baseAddress! + request.sentBytes, byteCount: count)
        }
        request.sentBytes += count
        if request.sentBytes == request.body.count { flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        return count
    }
}
