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
        case 2 where name.equals("te"): return true
        case 5 where name.equals(":path"): route = router.route(for: value)
        case 7 where name.equals(":method"): isPost = value.equals("POST")
        case 12 where name.equals("content-type"): isGRPC = RequestHead.isGRPC(value)
        case 12 where name.equals("grpc-timeout"):
            timeoutNanoseconds = GRPCTimeout.nanoseconds(value)
            if timeoutNanoseconds == nil { badTimeout = String(decoding: value.prefix(32), as: UTF8.self) }
        case 13 where name.equals("grpc-encoding"):
            encoding = MessageEncoding(name: value)
            encodingName = String(decoding: value.prefix(32), as: UTF8.self)
        case 20 where name.equals("grpc-accept-encoding"): accepted.formUnion(MessageEncodings(list: value))
        default: return name.first == UInt8(ascii: ":")
        }
        return true
    }

    /// `application/grpc`, alone or with a subtype or parameters behind it.
    private static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        let name: StaticString = "application/grpc"
        guard value.starts(withText: name) else { return false }
        guard value.count > name.utf8CodeUnitCount else { return true }
        let next = value[name.utf8CodeUnitCount]
        return next == UInt8(ascii: "+") || next == UInt8(ascii: ";")
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
