import ServingCore
import Threading
import Transports

/// A gRPC server over HTTP/2 with prior knowledge: methods with one request message or a stream of them, any number of
/// listeners.
public final class GRPCServer: Sendable {
    public struct Options: Sendable {
        /// Longer messages fail with RESOURCE_EXHAUSTED, compressed ones by their size after decompression.
        public var maxReceiveMessageBytes = Int(Int32.max)
        /// Bytes of request messages held at a time, over all connections; must leave room for one message of the
        /// largest size.
        public var maxBufferedRequestBytes = 4 << 30
        /// The same for one connection.
        public var maxBufferedRequestBytesPerConnection = 3 << 30
        /// A connection that holds more bytes of requests than this receives one of its requests at a time; flow
        /// control holds back the others.
        public var eagerRequestBytesPerConnection = 256 << 20
        /// Calls whose handler has not answered yet, over all connections, cancelled ones included: a caller that goes
        /// away gives back its stream at once, the work it caused ends later.
        public var maxConcurrentCalls = 16_384
        /// The same for one connection: one client, however it behaves, leaves room for others.
        public var maxConcurrentCallsPerConnection = 4_096
        /// Bytes of answers that clients have not taken yet; calls beyond fail with RESOURCE_EXHAUSTED.
        public var maxBufferedAnswerBytes = 4 << 30
        /// The same for one connection; a message that it may have alone is sent in any case.
        public var maxBufferedAnswerBytesPerConnection = 2 << 30
        public var maxConnections = 16_384
        public var compression = AnswerCompression()
        /// Runs work that takes too long for an event loop; nil: it is left undone if it need not be done.
        public var offload: (@Sendable (@escaping @Sendable () -> Void) -> Void)?
        public var http2 = HTTP2Limits()
        public var sockets = SocketOptions()

        public init() {}
    }

    private let core: ServerCore
    private let transport: HTTP2Server

    /// - Parameter group: the loops that serve the connections; it must outlive the server's connections.
    /// - Throws: RESOURCE_EXHAUSTED without memory.
    public init(router: MethodRouter, group: EventLoopGroup, options: Options = Options()) throws(Status) {
        let core = ServerCore(router: router, options: options)
        self.core = core
        transport = try HTTP2Server(
            group: group, limits: options.http2, maxConnections: options.maxConnections, sockets: options.sockets
        ) {
            GRPCConnection(server: core, loop: $0.loop)
        }
    }

    /// Begins to serve at `address`; may be called several times.
    /// - Returns: the TCP port in use; nil for a UNIX socket.
    /// - Throws: what the system said, with the address, for example UNAVAILABLE `bind 0.0.0.0:8500: Address already in
    ///   use`.
    @discardableResult
    public func listen(on address: ListenAddress) throws(Status) -> UInt16? { try transport.listen(on: address) }

    /// Serves a connection that somebody else has accepted; takes over `descriptor`, which is non-blocking. From any
    /// thread.
    public func adopt(_ descriptor: Int32) { transport.adopt(descriptor) }

    /// Stops accepting, ends calls of standing and streaming methods, tells the clients to go elsewhere, and returns when every call has been answered and every
    /// connection is closed, or after `nanoseconds`; what is left then is cut. Must not be called from a handler.
    /// - Returns: true if nothing had to be cut.
    @discardableResult
    public func drain(withinNanoseconds nanoseconds: UInt64) -> Bool {
        let now = Instant(nanoseconds: SystemClock().nanoseconds())
        return transport.drain(untilNanoseconds: now.advanced(byNanoseconds: nanoseconds).nanoseconds)
    }

    /// Calls whose handler has not answered yet.
    public var callsInProgress: Int { core.work.count }

    public var connectionCount: Int { transport.connectionCount }

    /// Bytes of request messages held now.
    public var bufferedRequestBytes: Int { core.requestBudget.bytesInUse }
}
