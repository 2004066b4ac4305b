import Threading
import Transports

extension HTTPServer {
    public struct Options: Sendable {
        /// Threads that serve HTTP/1.1 connections and call handlers for them.
        public var threads = ProcessorCount.available
        /// Connections beyond are closed as soon as they are accepted.
        public var maxConnections = 16_384
        /// Requests whose handler has not answered yet; those beyond are answered with 503.
        public var maxConcurrentRequests = 16_384
        /// Bytes that the header of a request may take, first line included.
        public var maxHeaderBytes = 32 << 10
        /// Longer bodies are answered with 413.
        public var maxBodyBytes = Int(Int32.max)
        /// A compressed body that would be longer after inflating is taken as empty.
        public var maxInflatedBytes = 100 << 20
        /// Bytes of bodies held at a time, over all connections; requests beyond are answered with 503.
        public var maxBufferedBodyBytes = 4 << 30
        /// Bytes of answers that clients have not taken yet; answers beyond are replaced by 503.
        public var maxBufferedAnswerBytes = 4 << 30
        /// A request that is not answered within this time is answered with 504; nil: there is no limit.
        public var timeoutNanoseconds: UInt64?
        /// Whether answers are compressed for those who accept it.
        public var compressesAnswers = true
        /// Runs work that takes too long for a thread that serves connections.
        public var offload: @Sendable (@escaping @Sendable () -> Void) -> Void = { $0() }
        public var limits = HTTPTimeLimits()
        public var http2 = HTTPServer.http2Limits
        public var sockets = SocketOptions()

        public init() {}
    }

    private static var http2Limits: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.maxHeaderListBytes = 32 << 10
        return limits
    }
}

/// How long a peer may take for what it does.
public struct HTTPTimeLimits: Sendable {
    /// From the first byte of a connection, or the first line of a later request, to the end of the header.
    public var headerNanoseconds: UInt64 = 20_000_000_000
    /// A new connection that sends nothing is closed.
    public var silenceNanoseconds: UInt64 = 60_000_000_000
    /// A connection without requests is closed; longer than the proxies of large providers keep theirs.
    public var idleNanoseconds: UInt64 = 620_000_000_000
    /// For sending a body or taking an answer, whatever its length.
    public var transferNanoseconds: UInt64 = 60_000_000_000
    /// So much more time for each byte: a peer may be as slow as 4 KiB each second.
    public var transferNanosecondsPerByte: UInt64 = 244_140

    public init() {}

    /// The time for `byteCount` bytes.
    func transfer(_ byteCount: Int) -> UInt64 {
        let (product, overflow) = transferNanosecondsPerByte.multipliedReportingOverflow(by: UInt64(max(0, byteCount)))
        let (sum, isTooLarge) = product.addingReportingOverflow(transferNanoseconds)
        return overflow || isTooLarge ? .max : sum
    }
}
