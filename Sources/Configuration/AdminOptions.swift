import ServingCore

/// What the command line says about the calls that administrate the server.
public struct AdminOptions: Sendable, Hashable {
    /// Where they are answered: an IPv4 or IPv6 address in digits, and a port.
    public struct Address: Sendable, Hashable {
        public var host: String
        public var port: UInt16
    }

    /// nil: at the ports that answer all other calls.
    public var address: Address?
    /// nil: nobody has to show a token.
    public var tokenFile: String?

    private static let leastTokenBytes = 16
    private static let mostTokenBytes = 4096

    /// INVALID_ARGUMENT for an address that is none.
    init(_ flags: Flags) throws(Status) {
        let address = flags.string("admin_address")
        self.address = address.isEmpty ? nil : try AdminOptions.parse(address)
        let file = flags.string("admin_token_file")
        tokenFile = file.isEmpty ? nil : file
    }

    /// `HOST:PORT`; an IPv6 address stands in brackets.
    static func parse(_ text: String) throws(Status) -> Address {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw invalid(text)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw invalid(text)
        }
        let name = host == "localhost" ? "127.0.0.1" : String(host)
        guard !name.isEmpty, name.utf8.allSatisfy({ isAddressByte($0) }) else { throw invalid(text) }
        return Address(host: name, port: port)
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static func invalid(_ text: String) -> Status {
        .invalidArgument(
            "--admin_address must be an address in digits and a port, such as 127.0.0.1:8502 or [::1]:8502; was '\(text)'"
        )
    }

    /// The token, which is the first line of its file; nil without a file. NOT_FOUND and the like if the file cannot be
    /// read, INVALID_ARGUMENT if the token is too short to keep anybody out. Errors never quote it.
    public func loadToken() throws(Status) -> [UInt8]? {
        guard let tokenFile else { return nil }
        let line = try ConfigurationFile.contents(of: tokenFile).prefix { $0 != UInt8(ascii: "\n") }
        let token = Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        let range = AdminOptions.leastTokenBytes...AdminOptions.mostTokenBytes
        guard range.contains(token.count), token.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalidArgument(
                "The first line of --admin_token_file must have \(range.lowerBound) to \(range.upperBound) printable "
                    + "characters without blanks; it has \(token.count) bytes in '\(tokenFile)'")
        }
        return token
    }
}
