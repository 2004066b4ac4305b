/// Where a server accepts connections.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A TCP port on all addresses, IPv6 and IPv4; 0 lets the system choose.
    case port(UInt16)
    /// A UNIX socket; what lies at the path is removed first if it is a socket.
    case unixSocket(path: String)

    public var description: String {
        switch self {
        case .port(let port): "0.0.0.0:\(port)"
        case .unixSocket(let path): "unix:\(path)"
        }
    }
}

/// How a TCP port is opened.
public struct SocketOptions: Sendable, Hashable {
    /// Connections of an earlier server that the system still remembers don't keep the port from being opened.
    public var reusesAddress = true
    /// Several processes of the same user may listen at the port; the system deals out the connections.
    public var sharesPort = false
    /// Ends the TLS of connections over TCP; nil: they come in the clear. Those over UNIX sockets always do.
    public var tls: TLSTerminator?

    public init() {}
}
