import ServingCore
import Transports

/// What gRPC needs of a request's header fields, and whether they make a call.
struct RequestHead {
    enum Verdict {
        case proceed
        /// Answered in gRPC's terms.
        case fail(Status)
        /// Answered in HTTP's terms, because the peer does not speak gRPC.
        case http(HeaderBlock)
    }

    private(set) var route: MethodRouter.Route?
    private(set) var timeoutNanoseconds: UInt64?
    /// Nil for an encoding that is not known.
    private(set) var encoding: MessageEncoding? = .identity
    private(set) var encodingName = ""
    /// How answers may be compressed.
    private(set) var accepted: MessageEncodings = []
    private var isPost = false
    private var isGRPC = false
    private var badTimeout: String?

    /// Uses a field; false if it is metadata of the application.
    mutating func take(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, router: MethodRouter) -> Bool {
        switch name.count {
        case 2 where name.elementsEqual("te".utf8): return true
        case 5 where name.elementsEqual(":path".utf8): route = router.route(for: value)
        case 7 where name.elementsEqual(":method".utf8): isPost = value.elementsEqual("POST".utf8)
        case 12 where name.elementsEqual("content-type".utf8): isGRPC = RequestHead.isGRPC(value)
        case 12 where name.elementsEqual("grpc-timeout".utf8):
            timeoutNanoseconds = GRPCTimeout.nanoseconds(value)
            if timeoutNanoseconds == nil { badTimeout = String(decoding: value.prefix(32), as: UTF8.self) }
        case 13 where name.elementsEqual("grpc-encoding".utf8):
            encoding = MessageEncoding(name: value)
            encodingName = String(decoding: value.prefix(32), as: UTF8.self)
        case 20 where name.elementsEqual("grpc-accept-encoding".utf8): accepted.formUnion(MessageEncodings(list: value))
        default: return name.first == UInt8(ascii: ":")
        }
        return true
    }

    /// `application/grpc`, alone or with a subtype or parameters behind it.
    private static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        let name = "application/grpc".utf8
        guard value.starts(with: name) else { return false }
        guard value.count > name.count else { return true }
        return value[name.count] == UInt8(ascii: "+") || value[name.count] == UInt8(ascii: ";")
    }

    /// To be asked when all fields have been taken.
    func verdict(isComplete: Bool) -> Verdict {
        guard isPost else { return .http(RequestHead.methodNotAllowed) }
        guard isGRPC else { return .http(RequestHead.unsupportedMediaType) }
        guard isComplete else {
            return .fail(.resourceExhausted("the metadata of the request is larger than the limit"))
        }
        guard route != nil else { return .fail(.unimplemented("")) }
        if let badTimeout {
            return .fail(
                .internalError(
                    "Invalid grpc-timeout: expected digits and one of HMSmun, got '\(badTimeout)'"))
        }
        return .proceed
    }

    private static let methodNotAllowed = AnswerHeaders.http(status: 405, also: [HeaderField("allow", "POST")])
    private static let unsupportedMediaType = AnswerHeaders.http(status: 415)
}
