import Glibc
import ServingCore

/// Ends the TLS of one connection: what comes encrypted goes on in the clear through a pair of local sockets, and back, so
/// that what serves connections need not know of TLS. Confined to a loop, which keeps it until the connection is gone.
///
/// Each direction holds one piece of at most a few records; while a piece waits, no more is read, so that a side that reads
/// slowly slows down the other.
final class TLSRelay: TimerTarget {
    /// One of the two descriptors, as the loop knows it.
    private final class Side: PollHandler {
        let descriptor: Int32
        private let ready: () -> Void
        /// What it is watched for; for nothing at all, not even the end, if both are false.
        var isReading = false
        var isWriting = false

        init(_ descriptor: Int32, ready: @escaping () -> Void) {
            self.descriptor = descriptor
            self.ready = ready
        }

        func descriptorReady(readable: Bool, writable: Bool, failed: Bool) { ready() }
    }

    private enum Phase {
        case handshake
        case open
        /// Everything has been sent; what the client still sends is thrown away until it ends.
        case lingering
        case closed
    }

    private let session: TLSSession
    private let loop: EventLoop
    private let wireDescriptor: Int32
    private let innerDescriptor: Int32
    private var wire: Side?
    private var inner: Side?
    private var timer: LoopTimer?
    private var phase = Phase.handshake
    /// Decrypted bytes that wait until the inside takes them.
    private var inward: [UInt8] = []
    /// Bytes that wait to be encrypted.
    private var outward: [UInt8] = []
    private var hasClientEnded = false
    private var hasServerEnded = false
    /// TLS has to write before it can read on.
    private var readNeedsOutput = false
    /// TLS has to read before it can write on.
    private var writeNeedsInput = false
    private let opened: () -> Void
    private let closed: () -> Void
    private var wasOpened = false

    private static let withoutSignal = Int32(MSG_NOSIGNAL)
    private static let handshakeNanoseconds: UInt64 = 20_000_000_000
    private static let lingerNanoseconds: UInt64 = 2_000_000_000
    private static let pieceBytes = 64 << 10
    /// Pieces that one wake-up may move in each direction before others get their turn.
    private static let piecesPerEvent = 8

    /// Takes over both descriptors, which are non-blocking.
    /// - Parameters:
    ///   - opened: called once the handshake is done, and something may be said.
    ///   - closed: called once both descriptors have been closed, if `opened` was.
    init(
        session: TLSSession, wire: Int32, inner: Int32, loop: EventLoop, opened: @escaping () -> Void,
        closed: @escaping () -> Void
    ) {
        self.session = session
        self.loop = loop
        self.opened = opened
        self.closed = closed
        wireDescriptor = wire
        innerDescriptor = inner
        timer = LoopTimer(target: self)
    }

    /// Begins on the loop's thread.
    func start() {
        let wire = Side(wireDescriptor) { [self] in proceed() }
        let inner = Side(innerDescriptor) { [self] in proceed() }
        self.wire = wire
        self.inner = inner
        startTimer(TLSRelay.handshakeNanoseconds)
        proceed()
    }

    /// Too slow a handshake, or a client that does not leave.
    func timerFired(_ timer: LoopTimer) { close() }

    private func startTimer(_ nanoseconds: UInt64) {
        if let timer { loop.schedule(timer, at: loop.now.advanced(byNanoseconds: nanoseconds)) }
    }

    /// Does what can be done without waiting, then waits for what is missing.
    private func proceed() {
        if phase == .handshake { shakeHands() }
        if phase == .open {
            moveInward()
            moveOutward()
            endIfAllIsSent()
        }
        if phase == .lingering { throwAway() }
        if phase != .closed { watch() }
    }

    private func shakeHands() {
        readNeedsOutput = false
        switch session.shakeHands() {
        case .moved:
            phase = .open
            wasOpened = true
            opened()
            if let timer { loop.cancel(timer) }
        case .waitsForInput: break
        case .waitsForOutput: readNeedsOutput = true
        case .ended, .failed: close()
        }
    }

    /// Decrypts what has come and hands it to the inside.
    private func moveInward() {
        readNeedsOutput = false
        for _ in 0..<TLSRelay.piecesPerEvent where phase == .open {
            guard flushInward(), !hasClientEnded else { return }
            let buffer = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer.prefix(TLSRelay.pieceBytes))
            switch session.read(into: buffer) {
            case .moved(let count): handInward(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
            case .waitsForInput: return
            case .waitsForOutput:
                readNeedsOutput = true
                return
            case .ended, .failed:
                hasClientEnded = true
                shutdown(innerDescriptor, Int32(SHUT_WR))
                return
            }
        }
    }

    private func handInward(_ bytes: UnsafeRawBufferPointer) {
        let count = send(innerDescriptor, bytes.baseAddress, bytes.count, TLSRelay.withoutSignal)
        if count < 0, errno != EAGAIN, errno != EINTR { return loseInside() }
        inward += bytes.dropFirst(max(0, count))
    }

    /// - Returns: whether nothing waits any more.
    private func flushInward() -> Bool {
        guard !inward.isEmpty else { return true }
        let count = inward.withUnsafeBytes {
            send(innerDescriptor, $0.baseAddress, $0.count, TLSRelay.withoutSignal)
        }
        if count < 0, errno != EAGAIN, errno != EINTR {
            loseInside()
            return true
        }
        inward.removeFirst(max(0, count))
        if inward.isEmpty { inward = [] }
        return inward.isEmpty
    }

    /// Nobody listens inside any more; what it has said still goes out.
    private func loseInside() {
        inward = []
        hasClientEnded = true
    }

    /// Encrypts what the inside says.
    private func moveOutward() {
        writeNeedsInput = false
        for _ in 0..<TLSRelay.piecesPerEvent where phase == .open {
            guard flushOutward(), !hasServerEnded else { return }
            let buffer = loop.readBuffer.prefix(TLSRelay.pieceBytes)
            let count = recv(innerDescriptor, loop.readBuffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            guard count > 0 else {
                hasServerEnded = true
                return
            }
            outward += UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
        }
    }

    /// - Returns: whether nothing waits any more.
    private func flushOutward() -> Bool {
        var start = 0
        while start < outward.count {
            let outcome = outward.withUnsafeBytes { session.write(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            switch outcome {
            case .moved(let count): start += count
            case .waitsForOutput, .waitsForInput:
                writeNeedsInput = outcome == .waitsForInput
                outward.removeFirst(start)
                return false
            case .ended, .failed:
                close()
                return false
            }
        }
        outward.removeAll(keepingCapacity: outward.count <= TLSRelay.pieceBytes && !hasServerEnded)
        return true
    }

    /// Says goodbye when the server has ended and everything of it is on its way.
    private func endIfAllIsSent() {
        guard phase == .open, hasServerEnded, outward.isEmpty else { return }
        session.sayGoodbye()
        shutdown(wireDescriptor, Int32(SHUT_WR))
        set(inner, reading: false, writing: false)
        inner = nil
        phase = .lingering
        startTimer(TLSRelay.lingerNanoseconds)
    }

    /// Closing a socket with unread bytes in it could take back what was sent last.
    private func throwAway() {
        for _ in 0..<TLSRelay.piecesPerEvent {
            let count = recv(wireDescriptor, loop.readBuffer.baseAddress, loop.readBuffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            if count <= 0 { return close() }
        }
    }

    private func watch() {
        let isOpen = phase == .open
        let reads = phase == .lingering || phase == .handshake || writeNeedsInput || (inward.isEmpty && !hasClientEnded)
        set(wire, reading: reads, writing: readNeedsOutput || (!outward.isEmpty && !writeNeedsInput))
        set(inner, reading: isOpen && outward.isEmpty && !hasServerEnded, writing: isOpen && !inward.isEmpty)
    }

    /// A descriptor whose other end has hung up is always ready, so that one of which nothing is wanted is not watched at all.
    private func set(_ side: Side?, reading: Bool, writing: Bool) {
        guard let side, side.isReading != reading || side.isWriting != writing else { return }
        let wasWatched = side.isReading || side.isWriting
        side.isReading = reading
        side.isWriting = writing
        guard reading || writing else { return loop.remove(side.descriptor) }
        if !wasWatched {
            do throws(Status) {
                try loop.add(side.descriptor, side)
            } catch {
                return close()
            }
        }
        loop.watch(side.descriptor, reading: reading, writing: writing)
    }

    private func close() {
        guard phase != .closed else { return }
        phase = .closed
        if let timer { loop.cancel(timer) }
        if let wire { loop.remove(wire.descriptor) }
        if let inner { loop.remove(inner.descriptor) }
        wire = nil
        inner = nil
        Glibc.close(wireDescriptor)
        Glibc.close(innerDescriptor)
        if wasOpened { closed() }
    }
}
