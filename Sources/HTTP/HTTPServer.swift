import Glibc
import ServingCore
import Threading
import Transports

/// A server for HTTP/1.1, and for HTTP/2 with prior knowledge on the same port; any number of listeners.
///
/// It accepts connections itself and looks at their first bytes: those that begin with HTTP/2's preface are served by the
/// loops, the others by threads of libmicrohttpd.
public final class HTTPServer: Sendable {
    private let core: HTTPCore
    private let http1: HTTP1Server
    private let http2: HTTP2Server
    private let choosers: ProtocolChoosers
    private let listeners: ListenerGroup

    /// - Parameters:
    ///   - router: who answers which path.
    ///   - group: the loops that accept connections and serve HTTP/2; it must outlive the server's connections.
    ///   - serveHTTP2: takes over connections that speak HTTP/2, whose descriptors are non-blocking; nil: their requests go
    ///     to the router, too.
    /// - Throws: RESOURCE_EXHAUSTED if the system refuses threads or memory.
    public init(
        router: HTTPRouter, group: EventLoopGroup, options: Options = Options(),
        serveHTTP2: (@Sendable (_ descriptor: Int32) -> Void)? = nil
    ) throws(Status) {
        let core = HTTPCore(router: router, options: options)
        self.core = core
        let http1 = try HTTP1Server(core: core, loop: group.loops[0])
        let http2 = try HTTP2Server(group: group, limits: options.http2, maxConnections: options.maxConnections) {
            HTTP2RequestConnection(core: core, loop: $0.loop)
        }
        self.http1 = http1
        self.http2 = http2
        listeners = ListenerGroup(group: group, sockets: options.sockets)
        choosers = ProtocolChoosers(limits: options.limits) { descriptor, choice in
            switch choice {
            case .http1: http1.adopt(descriptor)
            case .http2: if let serveHTTP2 { serveHTTP2(descriptor) } else { http2.adopt(descriptor) }
            }
        }
    }

    /// Begins to serve at `address`; may be called several times.
    /// - Returns: the TCP port in use; nil for a UNIX socket.
    /// - Throws: what the system said, with the address, for example UNAVAILABLE `bind 0.0.0.0:8501: Address already in
    ///   use`.
    @discardableResult
    public func listen(on address: ListenAddress) throws(Status) -> UInt16? {
        try listeners.listen(on: address) { [self] descriptor, loop in accept(descriptor, loop) }
    }

    private func accept(_ descriptor: Int32, _ loop: EventLoop) {
        guard connectionCount < core.options.maxConnections else {
            close(descriptor)
            return
        }
        choosers.begin(descriptor, on: loop)
    }

    /// The connections that are open now.
    public var connectionCount: Int { choosers.count + http1.connectionCount + http2.connectionCount }

    /// Requests whose handler has not answered yet.
    public var requestsInProgress: Int { core.work.count }

    /// Bytes of request bodies held now.
    public var bufferedBodyBytes: Int { core.bodyBudget.bytesInUse }

    /// Stops accepting, answers what has been asked, and returns when every connection is closed, or after
    /// `nanoseconds`; what is left then is cut. Must not be called from a handler. To be called once, before the last
    /// reference goes away.
    /// - Returns: true if nothing had to be cut.
    @discardableResult
    public func drain(withinNanoseconds nanoseconds: UInt64) -> Bool {
        let deadline = core.now.advanced(byNanoseconds: nanoseconds).nanoseconds
        listeners.stop(untilNanoseconds: deadline)
        core.beginDraining()
        let wereChosen = choosers.drain(untilNanoseconds: deadline)
        let wereAnswered = http2.drain(untilNanoseconds: deadline)
        let wereClosed = http1.drain(untilNanoseconds: deadline)
        listeners.finishTLS(untilNanoseconds: deadline)
        return wereChosen && wereAnswered && wereClosed
    }
}
