import CMicrohttpd
import Glibc
import ServingCore
import Threading
import Transports

/// The connections that speak HTTP/1.1, served by threads of libmicrohttpd, and watched over by a loop: whoever is too
/// slow is given up, and whoever has gone away is noticed while a handler works for it.
final class HTTP1Server: @unchecked Sendable {  // `watch` is set once in init, the rest has a lock or the loop
    let core: HTTPCore
    private let loop: EventLoop
    private let connections = ConditionLock(List())
    private var watch: HTTP1Watch?

    struct List {
        /// The library; nil before it was started and after it was stopped.
        var daemon: OpaquePointer?
        var items: [HTTP1Connection] = []
        /// Given to the library, which has not begun to serve them yet.
        var coming = 0
        /// Somebody looks at the connections from time to time.
        var isWatched = false

        mutating func append(_ connection: HTTP1Connection) {
            connection.index = items.count
            items.append(connection)
        }

        mutating func remove(_ connection: HTTP1Connection) {
            let last = items.removeLast()
            guard last !== connection else { return }
            items[connection.index] = last
            last.index = connection.index
        }
    }

    /// What the answers that are cut off get to be sent.
    private static let closingNanoseconds: UInt64 = 2_000_000_000
    /// In that time the library begins to serve what it was given, unless it has no memory for that.
    private static let beginNanoseconds: UInt64 = 1_000_000_000

    /// - Parameter loop: watches over the connections.
    init(core: HTTPCore, loop: EventLoop) throws(Status) {
        self.core = core
        self.loop = loop
        let options = core.options
        var callbacks = HTTP1Callbacks.all
        callbacks.context = Unmanaged.passUnretained(self).toOpaque()
        // The server's own limit counts; the library's is divided among its threads.
        let limit = UInt32(clamping: options.maxConnections.multipliedReportingOverflow(by: 4).partialValue)
        let daemon = cmicrohttpd_start(
            UInt32(clamping: max(1, options.threads)), limit, options.maxHeaderBytes, callbacks)
        guard daemon != nil else {
            throw .resourceExhausted("cannot start the HTTP server: \(String(cString: strerror(errno)))")
        }
        connections.withLock { $0.daemon = daemon }
        watch = HTTP1Watch(self, loop)
    }

    /// Serves the connection behind `descriptor`, which is non-blocking and belongs to the library from now on.
    func adopt(_ descriptor: Int32) {
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_UNSPEC)
        // Under the lock, so that the library is not stopped meanwhile; it closes what it does not take.
        connections.withLock { list in
            guard let daemon = list.daemon else {
                close(descriptor)
                return
            }
            let size = socklen_t(MemoryLayout<sockaddr>.size)
            if MHD_add_connection(daemon, descriptor, &address, size) == .YES { list.coming += 1 }
        }
    }

    var connectionCount: Int { connections.withLock { $0.items.count + $0.coming } }

    // MARK: What the library tells

    func begin(_ descriptor: Int32) -> HTTP1Connection {
        let connection = HTTP1Connection(descriptor: descriptor, server: self)
        let mustWatch = connections.withLockNotifyingAll { list in
            list.append(connection)
            list.coming = max(0, list.coming - 1)
            defer { list.isWatched = true }
            return !list.isWatched
        }
        if mustWatch, let watch { loop.post { _ in watch.begin() } }
        return connection
    }

    func end(_ connection: HTTP1Connection) { connections.withLockNotifyingAll { $0.remove(connection) } }

    func linger(_ descriptor: Int32) { LingeringClose.begin(descriptor, on: loop) }

    // MARK: Watching

    /// Looks after all connections; none is closed meanwhile.
    /// - Parameters:
    ///   - looksAtAll: look after those, too, with whom nothing seems to be wrong.
    ///   - peers: used to ask the system who has gone away.
    /// - Returns: false if there are no connections any more.
    func watchAll(at now: Instant, looksAtAll: Bool, _ peers: inout PeerWatch) -> Bool {
        connections.withLock { list in
            guard !list.items.isEmpty else {
                list.isWatched = false
                return false
            }
            let looksAtAll = looksAtAll || core.isDraining
            for connection in list.items where connection.watch(at: now, looksAtAll: looksAtAll) {
                peers.append(connection)
            }
            peers.look()
            return true
        }
    }

    // MARK: The end

    /// Returns when all connections are closed, or at `deadline`; what is left then is cut.
    /// - Returns: true if nothing had to be cut.
    func drain(untilNanoseconds deadline: UInt64) -> Bool {
        let begin = min(deadline, core.now.advanced(byNanoseconds: HTTP1Server.beginNanoseconds).nanoseconds)
        _ = connections.wait(untilNanoseconds: begin) { $0.coming == 0 ? () : nil }
        let isDrained = connections.wait(untilNanoseconds: deadline) { $0.items.isEmpty ? true : nil } ?? false
        if !isDrained { cutAll() }
        stop()
        return isDrained
    }

    private func cutAll() {
        connections.withLock { list in
            for connection in list.items { connection.abandon() }
        }
        let deadline = core.now.advanced(byNanoseconds: HTTP1Server.closingNanoseconds).nanoseconds
        _ = connections.wait(untilNanoseconds: deadline) { $0.items.isEmpty ? () : nil }
    }

    /// The library must not be stopped while a connection sleeps; all have been woken up or are closed by now.
    private func stop() {
        let daemon = connections.withLock { list in list.items.isEmpty ? list.daemon.take() : nil }
        if let daemon { MHD_stop_daemon(daemon) }
        // The loop may outlive the server, and its timer must not.
        loop.post { [self] _ in watch?.end() }
    }
}
