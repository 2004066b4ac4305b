import CNghttp2

/// One request and its answer on a connection; confined to the connection's loop.
///
/// The object is used again for later streams: whoever keeps one lets go of it in `streamClosed`.
package final class HTTP2Stream {
    package unowned let connection: HTTP2Connection
    package internal(set) var id: Int32 = 0
    /// The place in the connection's list of streams.
    var index = 0
    var handler: (any HTTP2StreamHandler)?
    var headerListBytes = 0
    var hasReceivedHeaders = false
    var hasEnded = false
    /// The end of the answer has been written to the output.
    var isAnswered = false
    /// Received, but the peer has not yet been allowed to send as much again.
    private var heldBytes = 0

    private var headers: HeaderBlock?
    private var trailers: HeaderBlock?
    private var body: ByteBuffer?
    private var moreBodies: [ByteBuffer] = []
    private var bodyOffset = 0
    private var isDeferred = false
    /// The answer is complete with its body.
    private var endsWithBody = false
    private var tellsWhenSent = false
    /// Bytes of the body that have not been framed yet.
    package private(set) var unsentBytes = 0

    init(connection: HTTP2Connection) { self.connection = connection }

    /// Makes the object ready for another stream.
    func begin(id: Int32) {
        self.id = id
        headerListBytes = 0
        hasReceivedHeaders = false
        hasEnded = false
        isAnswered = false
        heldBytes = 0
    }

    /// Lets go of everything that belongs to the stream that ended; bytes owed to the peer are forgotten.
    func finish() {
        connection.owedBytes -= unsentBytes
        unsentBytes = 0
        tellsWhenSent = false
        handler = nil
        headers = nil
        trailers = nil
        body = nil
        moreBodies.removeAll()
        bodyOffset = 0
        isDeferred = false
        endsWithBody = false
    }

    // MARK: Sending

    /// Sends `headers`; the stream ends with them if `endStream`. Once, and before anything else.
    package func send(headers: HeaderBlock, endStream: Bool) {
        self.headers = headers
        connection.submitResponse(self, headers, endStream: endStream)
    }

    /// Sends `bytes` as a part of the body; they are kept until they are written.
    package func send(body bytes: ByteBuffer) {
        guard bytes.count > 0 else { return }
        owe(bytes.count)
        if body == nil { body = bytes } else { moreBodies.append(bytes) }
        resumeSending()
    }

    /// Ends the stream with `trailers` after the body.
    package func send(trailers: HeaderBlock) {
        self.trailers = trailers
        resumeSending()
    }

    /// Sends a complete answer.
    package func send(headers: HeaderBlock, body: ByteBuffer, trailers: HeaderBlock) {
        self.trailers = trailers
        if body.count > 0 {
            owe(body.count)
            self.body = body
        }
        send(headers: headers, endStream: false)
    }

    /// Sends a complete answer without trailers.
    package func send(headers: HeaderBlock, body: ByteBuffer) {
        guard body.count > 0 else { return send(headers: headers, endStream: true) }
        endsWithBody = true
        owe(body.count)
        self.body = body
        send(headers: headers, endStream: false)
    }

    /// Ends the stream at once, both ways.
    package func reset(errorCode: UInt32) { connection.submitReset(self, errorCode) }

    private func resumeSending() {
        guard isDeferred else { return }
        isDeferred = false
        connection.resumeData(self)
    }

    /// Asks for one `bodySent` when everything that was handed over has been framed; only while `unsentBytes` is above
    /// zero.
    package func tellWhenSent() { tellsWhenSent = true }

    private func owe(_ count: Int) {
        unsentBytes += count
        connection.owedBytes += count
    }

    /// What nghttp2 should do next with the body: so many bytes of it at most, and whether the stream then ends.
    func nextBodyPiece(limit: Int) -> (count: Int, isLast: Bool, trailers: HeaderBlock?)? {
        guard let body else {
            guard let trailers else {
                isDeferred = true
                return nil
            }
            return (0, true, trailers)
        }
        let rest = body.count - bodyOffset
        let count = min(rest, limit)
        let isLast = count == rest && moreBodies.isEmpty && (trailers != nil || endsWithBody)
        return (count, isLast, isLast ? trailers : nil)
    }

    /// Hands the next `count` bytes of the body to `output`.
    func moveBody(_ count: Int, to output: inout OutputQueue) {
        guard count > 0, let body else { return }
        output.append(body.bytes.baseAddress! + bodyOffset, count: count, owner: body)
        bodyOffset += count
        owe(-count)
        guard bodyOffset == body.count else { return }
        bodyOffset = 0
        self.body = moreBodies.isEmpty ? nil : moreBodies.removeFirst()
        guard self.body == nil, tellsWhenSent else { return }
        tellsWhenSent = false
        handler?.bodySent()
    }

    // MARK: Receiving

    /// Lets the peer send again after `receivedData` returned false.
    package func resumeReading() {
        guard heldBytes > 0 else { return }
        connection.consume(self, heldBytes)
        heldBytes = 0
    }

    func hold(_ count: Int) { heldBytes += count }
}
