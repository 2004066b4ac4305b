import Glibc
import ServingCore

/// A bound, listening, non-blocking socket; closed with its last reference.
package final class ListeningSocket: Sendable {
    package let descriptor: Int32
    /// The TCP port in use, nil for a UNIX socket.
    package let port: UInt16?
    private let file: SocketFile?

    /// The file that a UNIX socket shows as; another server may have put its own in the same place since.
    private struct SocketFile {
        let path: String
        private let device: dev_t
        private let number: ino_t

        init?(_ path: String) {
            var facts = stat()
            guard lstat(path, &facts) == 0 else { return nil }
            self.path = path
            device = facts.st_dev
            number = facts.st_ino
        }

        func remove() {
            guard let present = SocketFile(path), present.device == device, present.number == number else { return }
            unlink(path)
        }
    }

    static let backlog: Int32 = 4096

    /// - Throws: what the system said, with the address, for example `bind 0.0.0.0:8500: Address already in use`.
    package init(_ address: ListenAddress, _ options: SocketOptions = SocketOptions()) throws(Status) {
        switch address {
        case .port(let wanted):
            descriptor = try ListeningSocket.openTCP(wanted, address, options)
            file = nil
            port = ListeningSocket.boundPort(descriptor)
        case .host(let host, let wanted):
            descriptor = try ListeningSocket.openTCP(host, wanted, address, options)
            file = nil
            port = ListeningSocket.boundPort(descriptor)
        case .unixSocket(let path):
            descriptor = try ListeningSocket.openUnix(path, address)
            file = SocketFile(path)
            port = nil
        }
    }

    deinit {
        // The file goes first: while the socket is open, its number can't be given to another one.
        file?.remove()
        close(descriptor)
    }

    /// `[::]` with IPv4 included; where IPv6 is switched off, `0.0.0.0`.
    private static func openTCP(
        _ port: UInt16, _ address: ListenAddress, _ options: SocketOptions
    ) throws(Status) -> Int32 {
        let dual = socket(AF_INET6, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if dual >= 0 {
            setOption(dual, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
            set(options, on: dual)
            var any = sockaddr_in6()
            any.sin6_family = sa_family_t(AF_INET6)
            any.sin6_port = port.bigEndian
            if bindAny(dual, &any, MemoryLayout<sockaddr_in6>.size) == 0 { return try listening(dual, address) }
            let error = errno
            close(dual)
            errno = error
            guard error == EADDRNOTAVAIL || error == EAFNOSUPPORT else {
                throw SystemCall.failure("bind", about: "\(address)")
            }
        }
        let plain = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard plain >= 0 else { throw SystemCall.failure("socket", about: "\(address)") }
        set(options, on: plain)
        var any = sockaddr_in()
        any.sin_family = sa_family_t(AF_INET)
        any.sin_port = port.bigEndian
        guard bindAny(plain, &any, MemoryLayout<sockaddr_in>.size) == 0 else { throw closing(plain, "bind", address) }
        return try listening(plain, address)
    }

    /// One address, which must be in digits.
    private static func openTCP(
        _ host: String, _ port: UInt16, _ address: ListenAddress, _ options: SocketOptions
    ) throws(Status) -> Int32 {
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        let isFour = inet_pton(AF_INET, host, &four.sin_addr) == 1
        guard isFour || inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else {
            throw .invalidArgument("the address of a port must be IPv4 or IPv6 in digits, got '\(host)'")
        }
        let family = isFour ? AF_INET : AF_INET6
        let descriptor = socket(
            family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCall.failure("socket", about: "\(address)") }
        set(options, on: descriptor)
        let result =
            isFour
            ? bindAny(descriptor, &four, MemoryLayout<sockaddr_in>.size)
            : bindAny(descriptor, &six, MemoryLayout<sockaddr_in6>.size)
        guard result == 0 else { throw closing(descriptor, "bind", address) }
        return try listening(descriptor, address)
    }

    private static func set(_ options: SocketOptions, on descriptor: Int32) {
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, options.reusesAddress ? 1 : 0)
        if options.sharesPort { setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
    }

    private static func openUnix(_ path: String, _ address: ListenAddress) throws(Status) -> Int32 {
        var name = sockaddr_un()
        let room = MemoryLayout.size(ofValue: name.sun_path)
        guard !path.isEmpty, path.utf8.count < room else {
            throw .invalidArgument("UNIX socket path must have 1 to \(room - 1) bytes, got \(path.utf8.count): \(path)")
        }
        removeStaleSocket(path)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCall.failure("socket", about: "\(address)") }
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        guard bindAny(descriptor, &name, MemoryLayout<sockaddr_un>.size) == 0 else {
            throw closing(descriptor, "bind", address)
        }
        return try listening(descriptor, address)
    }

    private static func removeStaleSocket(_ path: String) {
        var facts = stat()
        if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }

    private static func listening(_ descriptor: Int32, _ address: ListenAddress) throws(Status) -> Int32 {
        guard listen(descriptor, backlog) == 0 else { throw closing(descriptor, "listen", address) }
        return descriptor
    }

    private static func closing(_ descriptor: Int32, _ call: String, _ address: ListenAddress) -> Status {
        let failure = SystemCall.failure(call, about: "\(address)")
        close(descriptor)
        return failure
    }

    private static func bindAny<Address>(_ descriptor: Int32, _ address: inout Address, _ size: Int) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(size)) }
        }
    }

    package static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { return nil }
        // The port lies at the same place for both families.
        return withUnsafeBytes(of: storage) { $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self).bigEndian }
    }
}
