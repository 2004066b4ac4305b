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
    private let group: EventLoopGroup
    private let http1: HTTP1Server
    private let http2: HTTP2Server
    private let choosers: ProtocolChoosers
    private let listeners = ConditionLock<[ConfinedListener]>([])

    /// A listener, which is confined to its loop.
    private struct ConfinedListener: @unchecked Sendable {  // only opened on the loop
        let loop: EventLoop
        let listener: Listener
    }

    /// - Parameters:
    ///   - router: who answers which path.
    ///   - group: the loops that accept connections and serve HTTP/2; it must outlive the server's connections.
    /// - Throws: RESOURCE_EXHAUSTED if the system refuses threads or memory.
    public init(router: HTTPRouter, group: EventLoopGroup, options: Options = Options()) throws(Status) {
        let core = HTTPCore(router: router, options: options)
        self.core = core
        self.group = group
        let http1 = try HTTP1Server(core: core, loop: group.loops[0])
        let http2 = try HTTP2Server(group: group, limits: options.http2, maxConnections: options.maxConnections) {
            HTTP2RequestConnection(core: core, loop: $0.loop)
        }
        self.http1 = http1
        self.http2 = http2
        choosers = ProtocolChoosers(limits: options.limits) { descriptor, choice in
            switch choice {
            case .http1: http1.adopt(descriptor)
            case .http2: http2.adopt(descriptor)
            }
        }
    }

    /// Begins to serve at `address`; may be called several times.
    /// - Returns: the TCP port in use; nil for a UNIX socket.
    /// - Throws: what the system said, with the address, for example UNAVAILABLE `bind 0.0.0.0:8501: Address already in
    ///   use`.
    @discardableResult
    public func listen(on address: ListenAddress) throws(Status) -> UInt16? {
        let socket = try ListeningSocket(address, core.options.sockets)
        let port = socket.port
        let result = ConditionLock<Result<Void, Status>?>(nil)
        group.loops[0].post { [self] loop in
            let outcome = startListener(socket, loop)
            result.withLockNotifyingAll { $0 = outcome }
        }
        try result.wait { $0 }.get()
        return port
    }

    private func startListener(_ socket: ListeningSocket, _ loop: EventLoop) -> Result<Void, Status> {
        do throws(Status) {
            let isTCP = socket.port != nil
            let listener = try Listener(socket, loop: loop) { [self] descriptor in accept(descriptor, isTCP: isTCP) }
            let confined = ConfinedListener(loop: loop, listener: listener)
            listeners.withLock { $0.append(confined) }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private func accept(_ descriptor: Int32, isTCP: Bool) {
        guard connectionCount < core.options.maxConnections else {
            close(descriptor)
            return
        }
        if isTCP { ListeningSocket.setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        let loop = group.next()
        guard isTCP, let tls = core.options.sockets.tls else { return choosers.begin(descriptor, on: loop) }
        loop.post { [choosers] loop in
            if let inner = tls.begin(descriptor, on: loop) { choosers.begin(inner, on: loop) }
        }
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
        stopListening(untilNanoseconds: deadline)
        core.beginDraining()
        let wereChosen = choosers.drain(untilNanoseconds: deadline)
        let wereAnswered = http2.drain(untilNanoseconds: deadline)
        let wereClosed = http1.drain(untilNanoseconds: deadline)
        core.options.sockets.tls?.drain(untilNanoseconds: deadline)
        return wereChosen && wereAnswered && wereClosed
    }

    private func stopListening(untilNanoseconds deadline: UInt64) {
        let open = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        let remaining = ConditionLock(open.count)
        for confined in open {
            confined.loop.post { _ in
                confined.listener.stop()
                remaining.withLockNotifyingAll { $0 -= 1 }
            }
        }
        _ = remaining.wait(untilNanoseconds: deadline) { $0 == 0 ? () : nil }
    }
}
