/// What an HTTP/2 connection may cost; every number is per connection.
public struct HTTP2Limits: Sendable {
    /// SETTINGS_MAX_CONCURRENT_STREAMS. A proxy or a many-threaded client multiplexes all its calls over one connection
    /// and queues what exceeds this number, so it is far above the useful parallelism of a server, yet bounds memory.
    public var maxConcurrentStreams = 1024
    /// SETTINGS_MAX_FRAME_SIZE. Large tensors come in few frames, small calls of the same connection still get between
    /// them.
    public var maxFrameBytes = 256 << 10
    /// SETTINGS_INITIAL_WINDOW_SIZE: enough for 4 GB/s at a round trip of a millisecond.
    public var streamWindowBytes = 4 << 20
    /// The receive window of the whole connection.
    public var connectionWindowBytes = 16 << 20
    /// SETTINGS_MAX_HEADER_LIST_SIZE, counted as HTTP/2 does (names, values and 32 for each field).
    public var maxHeaderListBytes = 16 << 10
    /// CONTINUATION frames for one header block. The library counts some of them once per received piece.
    public var maxContinuations = 32
    /// RST_STREAM frames by the peer: a gRPC client sends one for each call that it gives up or that missed its
    /// deadline, and a proxy bundles many clients, so the library's own 33 each second would hit honest peers.
    public var resetBurst = 10_000
    public var resetsPerSecond = 1_000
    /// Frames that break the protocol but not the connection, and resets that they make this side send.
    public var glitchBurst = 1_000
    public var glitchesPerSecond = 33
    /// PING, SETTINGS, PRIORITY, WINDOW_UPDATE, unknown and empty DATA frames; requests and data give credit.
    public var controlFrameBurst = 20_000
    public var controlFramesPerSecond = 10_000
    /// Frames that wait to be sent, without DATA, beyond those that the streams account for.
    public var maxQueuedFrames = 5_000
    /// The first SETTINGS of a new connection must come within this time.
    public var handshakeNanoseconds: UInt64 = 20_000_000_000
    /// A connection that has been silent so long is asked by a PING whether it still exists.
    public var keepaliveNanoseconds: UInt64 = 600_000_000_000
    /// The answer to that PING must come within this time.
    public var keepaliveTimeoutNanoseconds: UInt64 = 20_000_000_000
    /// A connection that is older is asked to go elsewhere, give or take a tenth; nil: never. Spreads clients over
    /// servers that came later.
    public var maxAgeNanoseconds: UInt64?
    /// After that, calls in progress get this time to end before they are cut off; nil: any time.
    public var ageGraceNanoseconds: UInt64?
    /// A connection without calls for so long is asked to go; nil: never.
    public var maxIdleNanoseconds: UInt64?
    /// PINGs are to be so far apart while nothing is sent to the peer; nil: only `controlFrameBurst` limits them.
    public var minPingIntervalNanoseconds: UInt64?
    /// So many PINGs may come too soon; 0: any number.
    public var maxPingStrikes = 2
    /// A peer that takes nothing of what it is owed for so long is given up.
    public var stallNanoseconds: UInt64 = 300_000_000_000
    /// Between the warning that the server drains and the last accepted stream, if the peer does not answer the PING.
    public var drainRoundTripNanoseconds: UInt64 = 1_000_000_000
    /// After the last byte was sent, for the peer to close its side.
    public var lingerNanoseconds: UInt64 = 1_000_000_000

    public init() {}
}
