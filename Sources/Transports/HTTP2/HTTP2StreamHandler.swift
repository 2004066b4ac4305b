/// What a connection asks of the protocol above it; confined to the connection's loop.
package protocol HTTP2ConnectionHandler: AnyObject {
    /// A request begins on `stream`.
    func makeHandler(for stream: HTTP2Stream) -> any HTTP2StreamHandler

    /// The server drains: calls that would never end by themselves should end now. Called before the peer is warned; new
    /// requests may still come.
    func serverDrains()

    /// The connection is gone; the handlers of its streams have been told before.
    func connectionClosed()
}

/// The receiving side of one request; called in this order on the connection's loop, `streamClosed` always and last.
///
/// All pointers are valid during the call only.
package protocol HTTP2StreamHandler: AnyObject {
    /// One header field, pseudo-headers such as `:path` included; names are in lower case. The stream must not be ended from
    /// within.
    func receivedHeader(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)

    /// All header fields have been received. `isComplete` is false if fields were left out because the list is longer
    /// than the limit.
    func receivedHeadersEnd(isComplete: Bool)

    /// A piece of the body. The peer may send more at once if the result is true; otherwise when
    /// `stream.resumeReading()` is called.
    func receivedData(_ bytes: UnsafeRawBufferPointer) -> Bool

    /// The request is complete.
    func receivedEnd()

    /// All of the body that was handed over has been framed; called once after each `tellWhenSent`. Nothing may be sent
    /// from within.
    func bodySent()

    /// The stream has ended and its object must not be used any more; it was not answered completely unless
    /// `isComplete`.
    func streamClosed(isComplete: Bool)
}

extension HTTP2ConnectionHandler {
    package func serverDrains() {}
}

extension HTTP2StreamHandler {
    package func bodySent() {}
}
