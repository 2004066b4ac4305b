import CNghttp2
import Glibc
import ServingCore

/// The server's side of one HTTP/2 connection with prior knowledge; confined to its loop.
///
/// Input goes from the loop's buffer through nghttp2 to the stream handlers. Output is gathered once per iteration of
/// the loop, so that many answers leave in one write, and is pulled from nghttp2 only as fast as the socket takes it.
package final class HTTP2Connection: PollHandler, TimerTarget, LoopFlushable {
    enum Phase {
        case open
        /// Nothing more is read or begun; what has been serialised is written, then the connection lingers.
        case finishing
        /// Our side is shut down; what the peer still sends is thrown away until it closes too.
        case lingering
        case closed
    }

    enum DrainPhase {
        case none
        /// The peer has been warned; streams that it began meanwhile are still served.
        case warned
        case final
    }

    package let loop: EventLoop
    let template: HTTP2SessionTemplate
    let descriptor: Int32
    let closed: (HTTP2Connection) -> Void
    /// The place in the server's list of connections of this loop.
    var index = 0

    var session: OpaquePointer?
    var handler: (any HTTP2ConnectionHandler)?
    var phase = Phase.open
    var drainPhase = DrainPhase.none
    var output: OutputQueue
    var isBlocked = false
    private var isFlushQueued = false
    /// Why the connection must be finished as soon as nghttp2 has returned.
    var violation: (errorCode: UInt32, reason: String)?

    var streams: [HTTP2Stream] = []
    private var idleStreams: [HTTP2Stream] = []
    /// Bytes of answers that have not been framed yet.
    package internal(set) var owedBytes = 0

    var glitches: FloodMeter
    var controlFrames: FloodMeter
    var housekeeping: LoopTimer!
    var drainTimer: LoopTimer!
    var life: ConnectionLife
    var pingStrikes: PingStrikes?
    var hasReceivedBytes = false

    private static let maxIdleStreams = 256

    /// Takes over `descriptor`, which is a connected non-blocking socket, on the loop's thread.
    /// - Parameter closed: called once when the connection is gone.
    package init(
        descriptor: Int32, loop: EventLoop, template: HTTP2SessionTemplate, closed: @escaping (HTTP2Connection) -> Void
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.template = template
        self.closed = closed
        let limits = template.limits
        output = OutputQueue(pool: loop.outputChunks)
        glitches = FloodMeter(burst: limits.glitchBurst, perSecond: limits.glitchesPerSecond, now: loop.now)
        controlFrames = FloodMeter(
            burst: limits.controlFrameBurst, perSecond: limits.controlFramesPerSecond, now: loop.now)
        let jitter = limits.maxAgeNanoseconds == nil ? 0 : Double.random(in: -1...1)
        life = ConnectionLife(limits, openedAt: loop.now, jitter: jitter)
        pingStrikes = PingStrikes(limits)
        housekeeping = LoopTimer(target: self)
        drainTimer = LoopTimer(target: self)
    }

    deinit {
        // Only if the loop ended before the connection did.
        guard phase != .closed else { return }
        if let session { nghttp2_session_del(session) }
        Glibc.close(descriptor)
    }

    /// Begins to serve; false if memory or descriptors ran out, the connection is closed then.
    package func start(_ handler: any HTTP2ConnectionHandler) -> Bool {
        self.handler = handler
        session = template.makeSession(for: self)
        guard session != nil else {
            close()
            return false
        }
        do throws(Status) {
            try loop.add(descriptor, self)
        } catch {
            close()
            return false
        }
        scheduleHousekeeping()
        flushSoon()
        return true
    }

    /// Closes at once; streams that are not answered are told.
    package func close() {
        guard phase != .closed else { return }
        phase = .closed
        loop.cancel(housekeeping)
        loop.cancel(drainTimer)
        loop.remove(descriptor)
        Glibc.close(descriptor)
        while let stream = streams.last { retire(stream) }
        idleStreams = []
        output.reset()
        if let session { nghttp2_session_del(session) }
        session = nil
        handler?.connectionClosed()
        handler = nil
        closed(self)
    }

    // MARK: Streams

    func beginStream(_ id: Int32) {
        guard let session, let handler else { return }
        let stream = idleStreams.popLast() ?? HTTP2Stream(connection: self)
        stream.begin(id: id)
        stream.index = streams.count
        streams.append(stream)
        loop.openStreams += 1
        life.beganStream()
        stream.handler = handler.makeHandler(for: stream)
        nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
        controlFrames.credit(10)
    }

    func endStream(_ stream: HTTP2Stream, _ errorCode: UInt32) {
        if let session { nghttp2_session_set_stream_user_data(session, stream.id, nil) }
        retire(stream)
    }

    private func retire(_ stream: HTTP2Stream) {
        loop.openStreams -= 1
        let last = streams.removeLast()
        if last !== stream {
            streams[stream.index] = last
            last.index = stream.index
        }
        if streams.isEmpty { life.becameIdle(at: loop.now) }
        stream.handler?.streamClosed(isComplete: stream.isAnswered)
        stream.finish()
        if idleStreams.count < HTTP2Connection.maxIdleStreams { idleStreams.append(stream) }
    }

    /// Asks for one `flush` at the end of this iteration of the loop.
    func flushSoon() {
        guard !isFlushQueued else { return }
        isFlushQueued = true
        loop.flushLater(self)
    }

    package func flush() {
        isFlushQueued = false
        writeOutput()
    }
}
