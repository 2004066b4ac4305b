/// Which answers are compressed: only those of clients that say that they accept it, and only if it makes them smaller.
public struct AnswerCompression: Sendable, Hashable {
    /// Whose answers are compressed when nothing is preferred for all.
    public enum Policy: String, Sendable, CaseIterable {
        /// Nobody's.
        case never
        /// Those of clients that compress their requests, in the same way.
        case mirror
        /// Those of all clients.
        case always
    }

    /// What answers to all clients are compressed with; the names and meanings are those of gRPC's own server.
    public enum Preference: Sendable, Hashable {
        case encoding(MessageEncoding)
        /// 1, 2 or 3: one of the encodings that the client accepts, the quickest or the most thorough in gRPC's eyes.
        case level(Int)
    }

    public var policy = Policy.mirror
    /// Goes before what the client does, but not before `never`.
    public var preference: Preference?
    /// Others are neither sent nor understood.
    public var enabled = MessageEncodings.all

    public init() {}

    /// Shorter messages are not worth it: they fit into a packet.
    static let minimumBytes = 1024
    /// An event loop compresses no more than this by itself, some tenth of a millisecond.
    static let maxBytesOnLoop = 4096

    /// How the answer to a call is encoded.
    /// - Parameters:
    ///   - request: how the client compresses its messages.
    ///   - accepted: what it says that it understands.
    func encoding(request: MessageEncoding, accepted: MessageEncodings) -> MessageEncoding {
        let possible = accepted.intersection(enabled)
        guard policy != .never, !possible.isEmpty else { return .identity }
        if let preferred = preferred(of: possible) { return preferred }
        if request != .identity, possible.allows(request) { return request }
        guard policy == .always else { return .identity }
        return possible.allows(.gzip) ? .gzip : .deflate
    }

    private func preferred(of possible: MessageEncodings) -> MessageEncoding? {
        switch preference {
        case .encoding(let encoding) where encoding != .identity: return possible.allows(encoding) ? encoding : nil
        case .level(let level) where level > 0:
            // gRPC ranks gzip below deflate.
            let ranked = [MessageEncoding.gzip, .deflate].filter(possible.allows)
            return level == 1 ? ranked.first : level == 2 ? ranked[ranked.count / 2] : ranked.last
        case .encoding, .level, nil: return nil
        }
    }
}
