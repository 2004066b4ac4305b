import Glibc
import ServingCore
import Threading

/// Listeners, and the HTTP/2 connections that they accepted, over the loops of a group.
package final class HTTP2Server: Sendable {
    private let group: EventLoopGroup
    private let template: HTTP2SessionTemplate
    private let maxConnections: Int
    private let makeHandler: @Sendable (HTTP2Connection) -> any HTTP2ConnectionHandler
    private let openConnections = ConditionLock(0)
    private let listeners: ListenerGroup
    private let connections: [ConfinedList]

    /// The connections of a loop.
    private struct ConfinedList: @unchecked Sendable {  // only opened on the loop
        let loop: EventLoop
        let value: ConnectionList
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
        self.makeHandler = makeHandler
        listeners = ListenerGroup(group: group, sockets: sockets)
        connections = group.loops.map { ConfinedList(loop: $0, value: ConnectionList()) }
    }

    /// Begins to accept connections at `address`.
    /// - Returns: the TCP port in use; nil for a UNIX socket.
    /// - Throws: what the system said, with the address.
    @discardableResult
    package func listen(on address: ListenAddress) throws(Status) -> UInt16? {
        try listeners.listen(on: address) { [self] descriptor, loop in adopt(descriptor, on: loop) }
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
        listeners.stop(untilNanoseconds: deadline)
        for confined in connections {
            confined.loop.post { [self] loop in
                let list = list(of: loop)
                list.isDraining = true
                for connection in list.items { connection.serverDrains() }
            }
        }
        let isDrained = openConnections.wait(untilNanoseconds: deadline) { $0 == 0 ? true : nil } ?? false
        if !isDrained { closeAll() }
        listeners.finishTLS(untilNanoseconds: deadline)
        return isDrained
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
