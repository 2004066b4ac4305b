/// How the bytes of a message are compressed.
public enum MessageEncoding: Sendable, Hashable, CaseIterable {
    case identity
    case deflate
    case gzip

    /// The encoding called `name` in `grpc-encoding`, nil for one that is not known.
    init?(name: UnsafeRawBufferPointer) {
        if name.equals("identity") {
            self = .identity
        } else if name.equals("gzip") {
            self = .gzip
        } else if name.equals("deflate") {
            self = .deflate
        } else {
            return nil
        }
    }

    /// The name in header fields.
    public var name: String {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        case .deflate: "deflate"
        }
    }
}

/// Some of the encodings; messages that are not compressed are always allowed.
public struct MessageEncodings: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let deflate = MessageEncodings(rawValue: 1)
    public static let gzip = MessageEncodings(rawValue: 2)
    public static let all: MessageEncodings = [.deflate, .gzip]

    public func allows(_ encoding: MessageEncoding) -> Bool {
        switch encoding {
        case .identity: true
        case .deflate: contains(.deflate)
        case .gzip: contains(.gzip)
        }
    }

    /// As in `grpc-accept-encoding`.
    var names: String { MessageEncoding.allCases.filter(allows).map(\.name).joined(separator: ",") }

    /// What a `grpc-accept-encoding` field lists; names that are not known are left out.
    init(list: UnsafeRawBufferPointer) {
        // What most clients send.
        if list.equals("identity, deflate, gzip") {
            self = .all
            return
        }
        self = []
        for item in list.split(separator: UInt8(ascii: ",")) {
            let name = item.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
            switch MessageEncoding(name: UnsafeRawBufferPointer(rebasing: name)) {
            case .deflate: insert(.deflate)
            case .gzip: insert(.gzip)
            case .identity, nil: break
            }
        }
    }
}
