import Glibc
import ServingCore

/// Opens connections to servers.
package enum ClientSocket {
    /// A connected TCP socket that does not block. Waits as long as the system does.
    ///
    /// Throws UNAVAILABLE with the address and with what the system said of the last address that the name stands for.
    package static func connect(host: String, port: UInt16) throws(Status) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &found)
        guard failure == 0, let found else {
            throw .unavailable("\(host) cannot be found: \(String(cString: gai_strerror(failure)))")
        }
        defer { freeaddrinfo(found) }
        var error = "it has no address"
        var next: UnsafeMutablePointer<addrinfo>? = found
        while let address = next {
            let descriptor = socket(
                address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
                address.pointee.ai_protocol)
            if descriptor >= 0, Glibc.connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
                return prepared(descriptor)
            }
            error = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            next = address.pointee.ai_next
        }
        throw .unavailable("\(host):\(port) cannot be reached: \(error)")
    }

    private static func prepared(_ descriptor: Int32) -> Int32 {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return descriptor
    }
}
