import Glibc
import Transports

/// Reads and throws away what a peer still sends after its request was refused: closing at once could destroy the answer
/// that is on its way to it. Confined to its loop.
final class LingeringClose: PollHandler, TimerTarget, @unchecked Sendable {  // used on its loop only
    private let descriptor: Int32
    private let loop: EventLoop
    private var timer: LoopTimer!
    private var rest = LingeringClose.mostBytes

    private static let nanoseconds: UInt64 = 2_000_000_000
    private static let mostBytes = 64 << 20

    private init(_ descriptor: Int32, _ loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
        timer = LoopTimer(target: self)
    }

    /// Keeps the connection behind `descriptor` open a moment longer than `descriptor` itself; from any thread.
    static func begin(_ descriptor: Int32, on loop: EventLoop) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        let linger = LingeringClose(copy, loop)
        loop.post { _ in linger.begin() }
    }

    private func begin() {
        do {
            try loop.add(descriptor, self)
        } catch {
            close(descriptor)
            return
        }
        loop.schedule(timer, at: loop.now.advanced(byNanoseconds: LingeringClose.nanoseconds))
    }

    func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        let buffer = loop.readBuffer
        let count = failed ? 0 : recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        rest -= max(0, count)
        if count <= 0 || rest <= 0 { end() }
    }

    func timerFired(_ timer: LoopTimer) { end() }

    private func end() {
        loop.cancel(timer)
        loop.remove(descriptor)
        close(descriptor)
    }
}
