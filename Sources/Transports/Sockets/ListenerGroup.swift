import Glibc
import ServingCore
import Threading

/// The listeners of a server, each on the first loop of a group, and what becomes of the connections that they accept.
package final class ListenerGroup: Sendable {
    private let group: EventLoopGroup
    private let sockets: SocketOptions
    private let listeners = ConditionLock<[ConfinedListener]>([])

    /// A listener, which is confined to its loop.
    private struct ConfinedListener: @unchecked Sendable {  // only opened on the loop
        let loop: EventLoop
        let listener: Listener
    }

    /// Takes over a connection, which is non-blocking, without its TLS if it had any, and is told the loop whose turn it is.
    package typealias Accept = @Sendable (_ descriptor: Int32, _ loop: EventLoop) -> Void

    package init(group: EventLoopGroup, sockets: SocketOptions) {
        self.group = group
        self.sockets = sockets
    }

    /// Begins to accept connections at `address`.
    /// - Parameter accepted: called on any loop; kept until `stop`.
    /// - Returns: the TCP port in use; nil for a UNIX socket.
    /// - Throws: what the system said, with the address.
    package func listen(on address: ListenAddress, accepted: @escaping Accept) throws(Status) -> UInt16? {
        let socket = try ListeningSocket(address, sockets)
        let port = socket.port
        let result = ConditionLock<Result<Void, Status>?>(nil)
        group.loops[0].post { [self] loop in
            let outcome = start(socket, loop, accepted)
            result.withLockNotifyingAll { $0 = outcome }
        }
        try result.wait { $0 }.get()
        return port
    }

    private func start(
        _ socket: ListeningSocket, _ loop: EventLoop, _ accepted: @escaping Accept
    ) -> Result<Void, Status> {
        do throws(Status) {
            let isTCP = socket.port != nil
            let listener = try Listener(socket, loop: loop) { [self] descriptor in
                accept(descriptor, isTCP: isTCP, accepted)
            }
            let confined = ConfinedListener(loop: loop, listener: listener)
            listeners.withLock { $0.append(confined) }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private func accept(_ descriptor: Int32, isTCP: Bool, _ accepted: @escaping Accept) {
        let loop = group.next()
        guard isTCP else { return accepted(descriptor, loop) }
        ListeningSocket.setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        guard let tls = sockets.tls else { return accepted(descriptor, loop) }
        loop.post { loop in
            if let inner = tls.begin(descriptor, on: loop) { accepted(inner, loop) }
        }
    }

    /// Returns when nothing more is accepted, so that no connection begins behind the back of whoever counts them, or when
    /// `deadline`, nanoseconds of the monotonic clock, has passed. Must not be called on a loop.
    package func stop(untilNanoseconds deadline: UInt64) {
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

    /// Returns when all that was said over TLS has been sent and these connections are closed, or when `deadline`,
    /// nanoseconds of the monotonic clock, has passed. Must not be called on a loop.
    package func finishTLS(untilNanoseconds deadline: UInt64) { sockets.tls?.drain(untilNanoseconds: deadline) }
}
