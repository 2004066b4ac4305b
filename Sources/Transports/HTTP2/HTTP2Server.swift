import Glibc
import ServingCore
import Threading

/// Listeners, and the HTTP/2 connections that they accepted, over the loops of a group.
package final class HTTP2Server: Sendable {
    private let group: EventLoopGroup
    private let template: HTTP2SessionTemplate
    private let maxConnections: Int
    private let sockets: SocketOptions
    private let makeHandler: @Sendable (HTTP2Connection) -> any HTTP2ConnectionHandler
    private let openConnections = ConditionLock(0)
    private let listeners = ConditionLock<[Confined<Listener>]>([])
    private let connections: [Confined<ConnectionList>]

    /// Carries something confined to a loop through code that may be called from anywhere.
    private struct Confined<Value>: @unchecked Sendable {  // only opened on the loop
        let loop: EventLoop
        let value: Value
    }

    private static let closingNanoseconds: UInt64 = 2_000_000_000

    private final class ConnectionList {
        var items: [HTTP2Connection] = []
        var isDraining = false
        /// What begins now is closed at once.
        var isClosed = false

        func append(_ connection: HTTP2Connection) {
            connection.index = items.count
            items.append(connection)
        }

        func remove(_ connection: HTTP2Connection) {
            let last = items.removeLast()
            guard last !== connection else { return }
            items[connection.index] = last
            last.index = connection.index
        }
    }

    /// - Parameters:
    ///   - maxConnections: connections beyond are closed as soon as they are accepted.
    ///   - makeHandler: called on the loop of each new connection.
    /// - Throws: RESOURCE_EXHAUSTED without memory.
    package init(
        group: EventLoopGroup, limits: HTTP2Limits, maxConnections: Int, sockets: SocketOptions = SocketOptions(),
        makeHandler: @escaping @Sendable (HTTP2Connection) -> any HTTP2ConnectionHandler
    ) throws(Status) {
        guard let template = HTTP2SessionTemplate(limits) else {
            throw .resourceExhausted("no memory for an HTTP/2 server")
        }
        self.group = group
        self.template = template
        self.maxConnections = maxConnections
        self.sockets = sockets
        self.makeHandler = makeHandler
        connections = group.loops.map { Confined(loop: $0, value: ConnectionList()) }
    }

    /// Begins to accept connections at `address`.
    /// - Returns: the TCP port in use; nil for a UNIX socket.
    /// - Throws: what the system said, with the address.
    @discardableResult
    package func listen(on address: ListenAddress) throws(Status) -> UInt16? {
        let socket = try ListeningSocket(address, sockets)
        let port = socket.port
        let result = ConditionLock<Result<Void, Status>?>(nil)
        let loop = group.loops[0]
        loop.post { [self] loop in
            let outcome = startListener(socket, loop)
            result.withLockNotifyingAll { $0 = outcome }
        }
        try result.wait { $0 }.get()
        return port
    }

    private func startListener(_ socket: ListeningSocket, _ loop: EventLoop) -> Result<Void, Status> {
        do throws(Status) {
            let isTCP = socket.port != nil
            let listener = try Listener(socket, loop: loop) { [self] descriptor in
                if isTCP { ListeningSocket.setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
                if isTCP, let tls = sockets.tls { adopt(descriptor, endingTLS: tls) } else { adopt(descriptor) }
            }
            let confined = Confined(loop: loop, value: listener)
            listeners.withLock { $0.append(confined) }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Serves a connection that somebody else has accepted; takes over `descriptor`, which is non-blocking. From any
    /// thread.
    /// - Parameter loop: which serves it; nil: the one whose turn it is.
    package func adopt(_ descriptor: Int32, on loop: EventLoop? = nil) {
        let isAdmitted = openConnections.withLock { count in
            guard count < maxConnections else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            Glibc.close(descriptor)
            return
        }
        let loop = loop ?? group.next()
        if loop.isCurrent { begin(descriptor, loop) } else { loop.post { [self] loop in begin(descriptor, loop) } }
    }

    private func adopt(_ descriptor: Int32, endingTLS tls: TLSTerminator) {
        let loop = group.next()
        loop.post { [self] loop in
            if let inner = tls.begin(descriptor, on: loop) { adopt(inner, on: loop) }
        }
    }

    private func begin(_ descriptor: Int32, _ loop: EventLoop) {
        let list = list(of: loop)
        let connection = HTTP2Connection(descriptor: descriptor, loop: loop, template: template) { [self] connection in
            list.remove(connection)
            openConnections.withLockNotifyingAll { $0 -= 1 }
        }
        list.append(connection)
        guard !list.isClosed else { return connection.close() }
        guard connection.start(makeHandler(connection)) else { return }
        if list.isDraining { connection.serverDrains() }
    }

    private func list(of loop: EventLoop) -> ConnectionList {
        connections.first { $0.loop === loop }!.value
    }

    /// The connections that are open now.
    package var connectionCount: Int { openConnections.withLock { $0 } }

    /// Stops accepting, asks the clients to go, and returns when all connections have closed or `deadline` (nanoseconds
    /// of the monotonic clock) has passed; those that are left are closed then. Must not be called on a loop.
    /// - Returns: true if every call was answered in time.
    @discardableResult
    package func drain(untilNanoseconds deadline: UInt64) -> Bool {
        stopListening(untilNanoseconds: deadline)
        for confined in connections {
            confined.loop.post { [self] loop in
                let list = list(of: loop)
                list.isDraining = true
                for connection in list.items { connection.serverDrains() }
            }
        }
        let isDrained = openConnections.wait(untilNanoseconds: deadline) { $0 == 0 ? true : nil } ?? false
        if !isDrained { closeAll() }
        sockets.tls?.drain(untilNanoseconds: deadline)
        return isDrained
    }

    /// Returns when nothing more is accepted, so that no connection begins behind the back of whoever counts them.
    private func stopListening(untilNanoseconds deadline: UInt64) {
        let open = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        let remaining = ConditionLock(open.count)
        for confined in open {
            confined.loop.post { _ in
                confined.value.stop()
                remaining.withLockNotifyingAll { $0 -= 1 }
            }
        }
        _ = remaining.wait(untilNanoseconds: deadline) { $0 == 0 ? () : nil }
    }

    private func closeAll() {
        for confined in connections {
            confined.loop.post { [self] loop in
                let list = list(of: loop)
                list.isClosed = true
                for connection in list.items.reversed() { connection.close() }
            }
        }
        // A handler that holds up its loop holds up the closing, too; the caller wants to end all the same.
        let deadline = SystemClock().nanoseconds() + HTTP2Server.closingNanoseconds
        _ = openConnections.wait(untilNanoseconds: deadline) { $0 == 0 ? () : nil }
    }
}
