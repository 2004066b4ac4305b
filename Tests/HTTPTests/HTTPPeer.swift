import Glibc

/// A client that writes HTTP/1.1 by hand, well-formed or not, over a blocking socket.
final class HTTPPeer {
    struct Answer {
        var status = 0
        var fields: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private var input: [UInt8] = []
    private let server: AnyObject

    /// Connects to `port` of this machine and keeps `server` alive.
    init(_ server: HTTPTestServer) {
        self.server = server
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = server.port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "cannot connect to port \(server.port)")
    }

    deinit { close(descriptor) }

    /// False if the other side has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
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
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    func ask(_ target: String) -> Answer? { ask("GET", target) }

    /// Sends a request with `body`, if there is one, and returns the answer.
    func ask(
        _ method: String, _ target: String, _ fields: [String] = [], body: [UInt8]? = nil
    ) -> Answer? {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: test\r\n"
        for field in fields { text += field + "\r\n" }
        if let body { text += "Content-Length: \(body.count)\r\n" }
        send(Array((text + "\r\n").utf8) + (body ?? []))
        return answer(hasBody: method != "HEAD")
    }

    /// The next answer; nil when none came within `seconds` or the other side has closed.
    func answer(hasBody: Bool = true, within seconds: Double = 10) -> Answer? {
        var end = Int?.none
        while end == nil {
            end = endOfHeader
            guard end == nil else { break }
            guard receive(within: seconds) else { return nil }
        }
        guard let end else { return nil }
        let lines = String(decoding: input[..<end], as: UTF8.self).split(separator: "\r\n")
        input.removeFirst(end + 4)
        var answer = Answer()
        answer.status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        guard answer.status != 100, hasBody else { return answer }
        let count = answer.fields["content-length"].flatMap { Int($0) } ?? 0
        while input.count < count { guard receive(within: seconds) else { return nil } }
        answer.body = Array(input[..<count])
        input.removeFirst(count)
        return answer
    }

    private var endOfHeader: Int? {
        guard input.count >= 4 else { return nil }
        return (0...input.count - 4).first { input[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
    }

    /// What comes until the other side closes.
    func rest(within seconds: Double = 10) -> [UInt8] {
        while receive(within: seconds) {}
        defer { input = [] }
        return input
    }

    /// True if the other side closes and sends nothing more.
    func isClosed(within seconds: Double = 10) -> Bool {
        guard input.isEmpty else { return false }
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, Int32(seconds * 1000)) > 0 else { return false }
        return !receive(within: 0) && input.isEmpty
    }

    private func receive(within seconds: Double) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, Int32(seconds * 1000)) > 0 else { return false }
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        input += piece[..<count]
        return true
    }
}
