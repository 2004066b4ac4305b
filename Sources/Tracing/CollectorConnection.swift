import Glibc
import ServingCore
import Threading

/// Sends one HTTP/1.1 request and reads the status of its answer, on the calling thread.
struct CollectorConnection {
    let address: CollectorAddress
    let headers: [(name: String, value: String)]

    /// Longest head of an answer that is read.
    private static let longestHead = 16 << 10

    /// - Parameter deadline: nanoseconds on the monotonic clock. To find the address of a name may take longer, as long as the
    ///   system's resolver takes.
    /// - Returns: the status of the answer.
    /// - Throws: UNAVAILABLE with what the system said, DEADLINE_EXCEEDED.
    func post(_ body: [UInt8], contentType: String, untilNanoseconds deadline: UInt64) throws(Status) -> Int {
        let socket = try connect(deadline)
        defer { close(socket) }
        var head = "POST \(address.path) HTTP/1.1\r\nHost: \(address.hostField)\r\nContent-Type: \(contentType)\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        try write(Array(head.utf8) + body, to: socket, deadline)
        return try readStatus(from: socket, deadline)
    }

    private var place: String { "\(address.hostField)\(address.path)" }

    private func failure(_ what: String, _ code: Int32 = errno) -> Status {
        .unavailable("\(what) \(place): \(String(cString: strerror(code)))")
    }

    private func connect(_ deadline: UInt64) throws(Status) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let fault = getaddrinfo(address.host, String(address.port), &hints, &found)
        guard fault == 0, found != nil else {
            throw .unavailable("\(address.host): \(String(cString: gai_strerror(fault)))")
        }
        defer { freeaddrinfo(found) }
        var last = Status.unavailable("\(address.host) has no address")
        var next = found
        while let info = next {
            do throws(Status) {
                return try connect(info.pointee, deadline)
            } catch {
                last = error
            }
            next = info.pointee.ai_next
        }
        throw last
    }

    private func connect(_ info: addrinfo, _ deadline: UInt64) throws(Status) -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(info.ai_family, flags, 0)
        guard socket >= 0 else { throw failure("socket for") }
        do throws(Status) {
            if Glibc.connect(socket, info.ai_addr, info.ai_addrlen) == 0 { return socket }
            guard errno == EINPROGRESS else { throw failure("connect to") }
            try wait(socket, Int16(POLLOUT), deadline)
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { throw failure("connect to", code) }
            return socket
        } catch {
            close(socket)
            throw error
        }
    }

    private func write(_ bytes: [UInt8], to socket: Int32, _ deadline: UInt64) throws(Status) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(socket, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(socket, Int16(POLLOUT), deadline)
            } else if errno != EINTR {
                throw failure("send to")
            }
        }
    }

    /// Reads as far as the status line goes; what follows does not matter.
    private func readStatus(from socket: Int32, _ deadline: UInt64) throws(Status) -> Int {
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while !answer.contains(UInt8(ascii: "\n")), answer.count < CollectorConnection.longestHead {
            let count = recv(socket, &piece, piece.count, 0)
            if count > 0 {
                answer += piece[..<count]
            } else if count == 0 {
                break
            } else if errno == EAGAIN {
                try wait(socket, Int16(POLLIN), deadline)
            } else if errno != EINTR {
                throw failure("receive from")
            }
        }
        let words = answer.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }.split(
            separator: UInt8(ascii: " "))
        guard words.count >= 2, words[0].starts(with: "HTTP/1.".utf8), words[1].count == 3,
            let status = Int(String(decoding: words[1], as: UTF8.self))
        else { throw .unavailable("\(place) did not answer in HTTP/1.1") }
        return status
    }

    private func wait(_ socket: Int32, _ events: Int16, _ deadline: UInt64) throws(Status) {
        while true {
            let now = SystemClock().nanoseconds()
            guard now < deadline else { throw Status(.deadlineExceeded, "\(place) took too long") }
            var request = pollfd(fd: socket, events: events, revents: 0)
            let count = poll(&request, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw failure("poll of") }
        }
    }
}
