import ServingCore
import Transports

/// Looks after the HTTP/1.1 connections a few times each second while there are some; confined to its loop.
final class HTTP1Watch: TimerTarget, @unchecked Sendable {  // used on its loop only
    private unowned let server: HTTP1Server
    private let loop: EventLoop
    private var timer: LoopTimer!
    private var peers = PeerWatch()
    private var rounds = 0

    private static let nanoseconds: UInt64 = 100_000_000
    /// All are looked after in each round that is a multiple of that.
    private static let longRound = 10

    init(_ server: HTTP1Server, _ loop: EventLoop) {
        self.server = server
        self.loop = loop
        timer = LoopTimer(target: self)
    }

    func begin() { loop.schedule(timer, at: loop.now.advanced(byNanoseconds: HTTP1Watch.nanoseconds)) }

    func end() { loop.cancel(timer) }

    func timerFired(_ timer: LoopTimer) {
        rounds = (rounds + 1) % HTTP1Watch.longRound
        if server.watchAll(at: loop.now, looksAtAll: rounds == 0, &peers) { begin() }
    }
}
