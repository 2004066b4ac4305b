import Glibc

/// Asks the system which clients send nothing more.
struct PeerWatch {
    private var connections: [HTTP1Connection] = []
    private var polls: [pollfd] = []

    /// POLLRDHUP, which Glibc's module does not show.
    private static let hangUp: Int16 = 0x2000

    /// True if the peer of `descriptor` has closed its side.
    static func hasHungUp(_ descriptor: Int32) -> Bool {
        var one = pollfd(fd: descriptor, events: hangUp, revents: 0)
        return poll(&one, 1, 0) > 0
    }

    mutating func append(_ connection: HTTP1Connection) {
        connections.append(connection)
        polls.append(pollfd(fd: connection.descriptor, events: PeerWatch.hangUp, revents: 0))
    }

    /// Tells those whose client has closed its side, and forgets all.
    mutating func look() {
        guard !connections.isEmpty else { return }
        if poll(&polls, nfds_t(polls.count), 0) > 0 {
            for (index, connection) in connections.enumerated() where polls[index].revents != 0 {
                connection.peerHungUp()
            }
        }
        connections.removeAll(keepingCapacity: true)
        polls.removeAll(keepingCapacity: true)
    }
}
