import ServingCore
import Transports

/// The header blocks of answers: the frequent ones made once.
struct AnswerHeaders {
    private static let status200 = HeaderField(":status", "200")
    private static let contentType = HeaderField("content-type", "application/grpc")

    private let first: [HeaderField]
    private let plain: HeaderBlock
    private let deflate: HeaderBlock
    private let gzip: HeaderBlock

    /// - Parameter accepted: what clients may send.
    init(accepted: MessageEncodings) {
        let first = [
            AnswerHeaders.status200, AnswerHeaders.contentType, HeaderField("grpc-accept-encoding", accepted.names),
        ]
        self.first = first
        plain = HeaderBlock(first)
        deflate = HeaderBlock(first + [HeaderField("grpc-encoding", MessageEncoding.deflate.name)])
        gzip = HeaderBlock(first + [HeaderField("grpc-encoding", MessageEncoding.gzip.name)])
    }

    /// Before the first message, which is compressed with `encoding`.
    func begin(_ encoding: MessageEncoding) -> HeaderBlock {
        switch encoding {
        case .identity: plain
        case .deflate: deflate
        case .gzip: gzip
        }
    }

    /// After the last message of a call that went well.
    static let ok = HeaderBlock([HeaderField("grpc-status", "0")])

    /// The end of an answer whose headers have been sent.
    static func trailers(_ ending: GRPCCall.Ending) -> HeaderBlock {
        if ending.status.isOK, ending.trailers.isEmpty { return ok }
        return HeaderBlock(fields(ending))
    }

    /// An answer without messages, in one header block.
    func trailersOnly(_ ending: GRPCCall.Ending) -> HeaderBlock {
        HeaderBlock(first + AnswerHeaders.fields(ending))
    }

    /// What a peer gets that does not speak gRPC.
    static func http(status: Int, also fields: [HeaderField] = []) -> HeaderBlock {
        HeaderBlock([HeaderField(":status", String(status))] + fields)
    }

    private static func fields(_ ending: GRPCCall.Ending) -> [HeaderField] {
        var fields = [HeaderField("grpc-status", String(ending.status.code.rawValue))]
        let message = StatusMessage.truncated(ending.status.message)
        if !message.isEmpty {
            fields.append(HeaderField("grpc-message", StatusMessage.encoded(message), isIndexed: false))
        }
        for trailer in ending.trailers { fields.append(HeaderField(trailer.name, trailer.value, isIndexed: false)) }
        return fields
    }
}
