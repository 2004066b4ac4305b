import Glibc

/// One frame of HTTP/2.
public struct Frame: Equatable, Sendable {
    public var type: UInt8
    public var flags: UInt8
    public var stream: UInt32
    public var payload: [UInt8]

    public static let data: UInt8 = 0
    public static let headers: UInt8 = 1
    public static let reset: UInt8 = 3
    public static let settings: UInt8 = 4
    public static let ping: UInt8 = 6
    public static let goaway: UInt8 = 7
    public static let windowUpdate: UInt8 = 8
    public static let continuation: UInt8 = 9

    public init(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8]) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    public var endsStream: Bool { flags & 1 != 0 }

    /// The 32-bit number (big endian) at `offset` of the payload.
    public func word(at offset: Int) -> UInt32 {
        payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    public var bytes: [UInt8] {
        let count = payload.count
        let head: [UInt8] = [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags]
        return head + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> UInt32($0)) } + payload
    }
}

/// A client that writes frames by hand, well-formed or not, over a blocking socket.
public final class FramePeer {
    private let descriptor: Int32
    private var input: [UInt8] = []
    private let server: AnyObject?

    public static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Connects to `port` of this machine. The preface and empty SETTINGS are sent if `greets`. The `server` is kept alive.
    public init(port: UInt16, of server: AnyObject?, greets: Bool = true) {
        self.server = server
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "cannot connect to port \(port)")
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        if greets { send(FramePeer.preface + Frame(type: Frame.settings, flags: 0, stream: 0, payload: []).bytes) }
    }

    deinit { close(descriptor) }

    /// False if the other side has closed.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    public func send(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> Bool {
        send(Frame(type: type, flags: flags, stream: stream, payload: payload).bytes)
    }

    /// A header block of literals without indexing and without Huffman coding.
    public static func literals(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + string($0.0) + string($0.1) }
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var length: [UInt8] = [127]
        while rest >= 128 {
            length.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return length + [UInt8(rest)] + bytes
    }

    /// The header block of a gRPC request.
    public static func request(_ path: String, _ more: [(String, String)] = []) -> [UInt8] {
        literals(
            [
                (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
                ("content-type", "application/grpc"), ("te", "trailers"),
            ] + more)
    }

    /// The next frame; nil when nothing came within `seconds` or the other side has closed. SETTINGS and PING are
    /// answered by nobody but the caller.
    public func next(within seconds: Double = 5) -> Frame? {
        while true {
            if input.count >= 9 {
                let count = Int(input[0]) << 16 | Int(input[1]) << 8 | Int(input[2])
                if input.count >= 9 + count {
                    let stream = input[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
                    let payload = Array(input[9..<9 + count])
                    defer { input.removeFirst(9 + count) }
                    return Frame(type: input[3], flags: input[4], stream: stream, payload: payload)
                }
            }
            let more = receive(within: seconds)
            if more.isEmpty { return nil }
            input += more
        }
    }

    /// The next frame of `type`; others are skipped.
    public func next(_ type: UInt8, within seconds: Double = 5) -> Frame? {
        while let frame = next(within: seconds) {
            if frame.type == type { return frame }
        }
        return nil
    }

    /// True if the other side closes; what it still sends is skipped.
    public func isClosed(within seconds: Double = 5) -> Bool {
        input = []
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&poller, 1, Int32(seconds * 1000)) > 0 {
            if receive(within: 0).isEmpty { return true }
        }
        return false
    }

    /// Some bytes; none when nothing came within `seconds` or the other side has closed.
    public func receive(within seconds: Double) -> [UInt8] {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, Int32(seconds * 1000)) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// Makes the kernel take little for this side before it stops the sender.
    public func shrinkReceiveBuffer(to byteCount: Int32) {
        var value = byteCount
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &value, 4)
    }
}
