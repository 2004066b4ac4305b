import CNghttp2

/// What all sessions of a server have in common: nghttp2's callbacks, its options and the first SETTINGS.
package final class HTTP2SessionTemplate: @unchecked Sendable {  // never changes after init
    let limits: HTTP2Limits
    private let callbacks: OpaquePointer
    private let options: OpaquePointer
    private let settings: [nghttp2_settings_entry]

    /// Nil if there is not enough memory.
    package init?(_ limits: HTTP2Limits) {
        self.limits = limits
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks else { return nil }
        guard nghttp2_option_new(&options) == 0, let options else {
            nghttp2_session_callbacks_del(callbacks)
            return nil
        }
        self.callbacks = callbacks
        self.options = options
        HTTP2Callbacks.install(in: callbacks)
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        nghttp2_option_set_max_continuations(options, max(1, limits.maxContinuations))
        nghttp2_option_set_stream_reset_rate_limit(
            options, UInt64(max(1, limits.resetBurst)), UInt64(max(1, limits.resetsPerSecond)))
        settings = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maxConcurrentStreams),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindowBytes),
            (NGHTTP2_SETTINGS_MAX_FRAME_SIZE, limits.maxFrameBytes),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maxHeaderListBytes),
            (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ].map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: UInt32(clamping: $0.1)) }
    }

    deinit {
        nghttp2_session_callbacks_del(callbacks)
        nghttp2_option_del(options)
    }

    /// A server session whose callbacks get `connection`, with its SETTINGS queued; nil if there is not enough memory.
    func makeSession(for connection: HTTP2Connection) -> OpaquePointer? {
        var session: OpaquePointer?
        let user = Unmanaged.passUnretained(connection).toOpaque()
        // nghttp2 copies what it is to call; the loop lives longer than its connections.
        var memory = connection.loop.sessionMemory.functions
        guard nghttp2_session_server_new3(&session, callbacks, user, options, &memory) == 0, let session else {
            return nil
        }
        let window = Int32(clamping: limits.connectionWindowBytes)
        guard
            nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count) == 0,
            nghttp2_session_set_local_window_size(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, window) == 0
        else {
            nghttp2_session_del(session)
            return nil
        }
        return session
    }
}
