/// Where spans are sent: an `http://` URL, taken apart.
public struct CollectorAddress: Sendable, Hashable {
    public var host: String
    public var port: UInt16
    /// With the `/` that it begins with, and with the query if there is one.
    public var path: String

    /// Why a text is no such address.
    public enum Fault: Error, Hashable {
        /// It asks for encryption, which this client does not have.
        case encrypted
        case malformed
    }

    /// - Parameter url: `http://host[:port][/path]`; hosts of IPv6 in brackets. The port is 80 unless it is named.
    public init(_ url: String) throws(Fault) {
        let lowered = url.lowercased()
        guard !lowered.hasPrefix("https:") else { throw .encrypted }
        guard lowered.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw .malformed }
        let rest = url.dropFirst(7)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let target = rest[end...]
        path = target.hasPrefix("/") ? String(target) : "/\(target)"
        (host, port) = try CollectorAddress.authority(rest[..<end])
    }

    private static func authority(_ text: Substring) throws(Fault) -> (String, UInt16) {
        guard !text.contains("@") else { throw .malformed }
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw .malformed }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .malformed }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .malformed }
        guard let port else { return (String(host), 80) }
        guard let number = UInt16(port), number > 0 else { throw .malformed }
        return (String(host), number)
    }

    /// What the `Host` field says.
    var hostField: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }

    /// The same address with `/` and `suffix` behind its path.
    func appending(_ suffix: String) -> CollectorAddress {
        var address = self
        while address.path.hasSuffix("/") { address.path.removeLast() }
        address.path += "/\(suffix)"
        return address
    }
}
