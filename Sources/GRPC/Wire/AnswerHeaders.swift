import ServingCore
import Transports

/// The header blocks of answers: the frequent ones made once.
enum AnswerHeaders {
    private static let status200 = HeaderField(":status", "200")
    private static let contentType = HeaderField("content-type", "application/grpc")
    private static let acceptEncoding = HeaderField("grpc-accept-encoding", MessageEncoding.acceptedNames)

    /// Before the first message.
    static let begin = HeaderBlock([status200, contentType, acceptEncoding])
    /// After the last message of a call that went well.
    static let ok = HeaderBlock([HeaderField("grpc-status", "0")])

    /// The end of an answer whose headers have been sent.
    static func trailers(_ ending: GRPCCall.Ending) -> HeaderBlock {
        if ending.status.isOK, ending.trailers.isEmpty { return ok }
        return HeaderBlock(fields(ending))
    }

    /// An answer without messages, in one header block.
    static func trailersOnly(_ ending: GRPCCall.Ending) -> HeaderBlock {
        HeaderBlock([status200, contentType, acceptEncoding] + fields(ending))
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
