import CNghttp2
import Glibc
import ServingCore

/// An HTTP/2 connection to a server that takes it without negotiation, as gRPC without TLS does.
///
/// Confined to one loop.
package final class ClientConnection: PollHandler, LoopFlushable {
    private let descriptor: Int32
    private unowned let loop: EventLoop
    private unowned let handler: any ClientHandler
    private var session: OpaquePointer!
    /// Serialised but not written, from `written` on.
    private var output: [UInt8] = []
    private var written = 0
    private var isWaitingForRoom = false
    private var isFlushQueued = false
    private var isLost = false

    private static let windowBytes: Int32 = 16 << 20
    /// Enough for one write.
    private static let outputBytes = 256 << 10

    /// - Parameter descriptor: of a connected socket that does not block; closed by `close`.
    /// - Throws: RESOURCE_EXHAUSTED without memory or descriptors.
    package init(_ descriptor: Int32, loop: EventLoop, handler: any ClientHandler) throws(Status) {
        self.descriptor = descriptor
        self.loop = loop
        self.handler = handler
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks else { throw ClientConnection.noMemory }
        defer { nghttp2_session_callbacks_del(callbacks) }
        ClientCallbacks.install(in: callbacks)
        let user = Unmanaged.passUnretained(self).toOpaque()
        guard nghttp2_session_client_new(&session, callbacks, user) == 0 else { throw ClientConnection.noMemory }
        var window = nghttp2_settings_entry(
            settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
            value: UInt32(ClientConnection.windowBytes))
        guard nghttp2_submit_settings(session, 0, &window, 1) == 0,
            nghttp2_session_set_local_window_size(session, 0, 0, ClientConnection.windowBytes) == 0
        else { throw ClientConnection.noMemory }
        try loop.add(descriptor, self)
        queueFlush()
    }

    private static let noMemory = Status.resourceExhausted("no memory for an HTTP/2 connection")

    deinit {
        nghttp2_session_del(session)
        Glibc.close(descriptor)
    }

    /// Stops watching the socket; requests that are under way do not end.
    package func close() {
        guard !isLost else { return }
        isLost = true
        loop.remove(descriptor)
    }

    /// Sends `request`, which must not be under way; it leaves with others at the end of the loop's turn.
    package func send(_ request: ClientRequest) {
        guard !isLost else { return }
        request.reset()
        var source = nghttp2_data_provider()
        source.read_callback = ClientCallbacks.readBody
        let user = Unmanaged.passUnretained(request).toOpaque()
        let stream = nghttp2_submit_request(
            session, nil, request.headers.fields.baseAddress, request.headers.count, &source, user)
        guard stream >= 0 else { return lose("no request can be sent: \(String(cString: nghttp2_strerror(stream)))") }
        queueFlush()
    }

    func ended(_ request: ClientRequest) { handler.requestEnded(request, on: self) }

    private func queueFlush() {
        guard !isFlushQueued else { return }
        isFlushQueued = true
        loop.flushLater(self)
    }

    private func lose(_ reason: String) {
        guard !isLost else { return }
        close()
        handler.connectionLost(self, reason)
    }

    // MARK: Socket

    package func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        if readable || failed { receive() }
        if writable { queueFlush() }
    }

    private func receive() {
        while !isLost {
            let count = read(descriptor, loop.readBuffer.baseAddress, loop.readBuffer.count)
            guard count > 0 else {
                if count < 0, errno == EAGAIN || errno == EINTR { return }
                return lose(count == 0 ? "the server closed the connection" : String(cString: strerror(errno)))
            }
            let bytes = loop.readBuffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let used = nghttp2_session_mem_recv(session, bytes, count)
            guard used >= 0 else { return lose("HTTP/2: \(String(cString: nghttp2_strerror(Int32(used))))") }
            queueFlush()
            if count < loop.readBuffer.count { return }
        }
    }

    package func flush() {
        isFlushQueued = false
        while !isLost, fill(), !output.isEmpty, drain() {}
    }

    private func fill() -> Bool {
        while output.count < ClientConnection.outputBytes {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &bytes)
            guard count >= 0 else {
                lose("HTTP/2: \(String(cString: nghttp2_strerror(Int32(count))))")
                return false
            }
            guard count > 0 else { break }
            output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        }
        return true
    }

    /// Writes all output; false if the socket has no room for the rest.
    private func drain() -> Bool {
        while written < output.count {
            let count = output.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor, bytes.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                written += count
                continue
            }
            if errno == EINTR { continue }
            guard errno == EAGAIN else {
                lose(String(cString: strerror(errno)))
                return false
            }
            wait(forRoom: true)
            return false
        }
        output.removeAll(keepingCapacity: true)
        written = 0
        wait(forRoom: false)
        return true
    }

    private func wait(forRoom wanted: Bool) {
        guard wanted != isWaitingForRoom else { return }
        isWaitingForRoom = wanted
        loop.watch(descriptor, reading: true, writing: wanted)
    }
}
