import Transports

/// The requests of one HTTP/2 connection; confined to its loop.
final class HTTP2RequestConnection: HTTP2ConnectionHandler {
    private let core: HTTPCore
    private let loop: EventLoop

    init(core: HTTPCore, loop: EventLoop) {
        self.core = core
        self.loop = loop
    }

    func makeHandler(for stream: HTTP2Stream) -> any HTTP2StreamHandler {
        HTTP2Request(core: core, loop: loop, stream: stream)
    }

    func connectionClosed() {}
}
