import Glibc
import ServingCore
import Transports

/// Looks after the HTTP/1.1 connections a few times each second while there are some; confined to its loop.
final class HTTP1Watch: TimerTarget, @unchecked Sendable {  // used on its loop only
    private unowned let server: HTTP1Server
    private let loop: EventLoop
    private var timer: LoopTimer!
    private var peers = PeerWatch()

    private static let nanoseconds: UInt64 = 100_000_000

    init(_ server: HTTP1Server, _ loop: EventLoop) {
        self.server = server
        self.loop = loop
        timer = LoopTimer(target: self)
    }

    func begin() { loop.schedule(timer, at: loop.now.advanced(byNanoseconds: HTTP1Watch.nanoseconds)) }

    func timerFired(_ timer: LoopTimer) {
        if server.watchAll(at: loop.now, &peers) { begin() }
    }
}

/// Asks the system which clients have gone away while handlers work for them.
struct PeerWatch {
    private var connections: [HTTP1Connection] = []
    private var polls: [pollfd] = []

    /// POLLRDHUP, which Glibc's module does not show.
    private static let hangUp: Int16 = 0x2000

    mutating func append(_ connection: HTTP1Connection) {
        connections.append(connection)
        polls.append(pollfd(fd: connection.descriptor, events: PeerWatch.hangUp, revents: 0))
    }

    /// Tells those whose client has gone, and forgets all.
    mutating func look() {
        guard !connections.isEmpty else { return }
        if poll(&polls, nfds_t(polls.count), 0) > 0 {
            for (index, connection) in connections.enumerated() where polls[index].revents != 0 {
                connection.peerIsGone()
            }
        }
        connections.removeAll(keepingCapacity: true)
        polls.removeAll(keepingCapacity: true)
    }
}
