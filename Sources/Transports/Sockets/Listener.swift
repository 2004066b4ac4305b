import CPlatform
import Glibc
import ServingCore

/// Accepts connections on one loop and hands their descriptors on; confined to that loop.
package final class Listener: PollHandler, TimerTarget {
    private let socket: ListeningSocket
    private unowned let loop: EventLoop
    private let accepted: (Int32) -> Void
    private var pause: LoopTimer?
    private var lastWarning: Instant?
    private var isOpen = true

    /// How many connections one wake-up may take before others get their turn.
    private static let acceptsPerEvent = 64
    private static let pauseNanoseconds: UInt64 = 100_000_000
    private static let warningNanoseconds: UInt64 = 10_000_000_000

    /// - Parameter accepted: takes over the descriptor of a new connection, which is non-blocking.
    package init(_ socket: ListeningSocket, loop: EventLoop, accepted: @escaping (Int32) -> Void) throws(Status) {
        self.socket = socket
        self.loop = loop
        self.accepted = accepted
        pause = LoopTimer(target: self)
        try loop.add(socket.descriptor, self)
    }

    package func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        accept(atMost: Listener.acceptsPerEvent)
    }

    private func accept(atMost limit: Int) {
        for _ in 0..<limit {
            let descriptor = cplatform_accept(socket.descriptor)
            if descriptor >= 0 {
                accepted(descriptor)
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return rest()
            default: return
            }
        }
    }

    /// Without descriptors the waiting connection would wake the loop for ever: look away for a moment.
    private func rest() {
        if lastWarning.map({ loop.now.nanoseconds(since: $0) >= Listener.warningNanoseconds }) ?? true {
            Log.warning("Cannot accept a connection: \(String(cString: strerror(errno)))")
            lastWarning = loop.now
        }
        guard let pause else { return }
        loop.watch(socket.descriptor, reading: false, writing: false)
        loop.schedule(pause, at: loop.now.advanced(byNanoseconds: Listener.pauseNanoseconds))
    }

    package func timerFired(_ timer: LoopTimer) {
        if isOpen { loop.watch(socket.descriptor, reading: true, writing: false) }
    }

    /// Accepts those who are connected already, because closing the socket would cut them off, and then no more; the
    /// socket is closed with the last reference to the listener.
    package func stop() {
        guard isOpen else { return }
        accept(atMost: Int(ListeningSocket.backlog) + 1)
        isOpen = false
        if let pause { loop.cancel(pause) }
        loop.remove(socket.descriptor)
    }
}
