import GRPC
import ServingCore

/// Who may use the calls that change or spy out the server, such as reloads and profiles.
struct AdminAccess: Sendable {
    /// What callers have to know; nil: nothing.
    let token: [UInt8]?
    /// Such calls are answered at an address of their own, and this is not it.
    let isElsewhere: Bool

    private static let scheme = "bearer "

    /// Why a call is refused; nil if it may go on.
    /// - Parameter authorization: the field `authorization` of the call.
    func refusal(authorization: String?) -> Status? {
        guard !isElsewhere else {
            return Status(.permissionDenied, "This call is answered at the address of --admin_address only")
        }
        guard let token else { return nil }
        guard let authorization, authorization.lowercased().hasPrefix(AdminAccess.scheme) else {
            return Status(
                .unauthenticated, "This call needs the field authorization: Bearer and the token of the server")
        }
        let given = Array(authorization.utf8.dropFirst(AdminAccess.scheme.utf8.count))
        return AdminAccess.areEqual(given, token)
            ? nil : Status(.unauthenticated, "The token is not that of the server")
    }

    /// Compares without telling by the time it takes how much of `given` is right.
    private static func areEqual(_ given: [UInt8], _ token: [UInt8]) -> Bool {
        var difference = UInt8(given.count == token.count ? 0 : 1)
        for (index, byte) in given.enumerated() { difference |= byte ^ token[index % token.count] }
        return difference == 0
    }

    /// Lets only those through to `handler` who may use it.
    func guarding(_ handler: @escaping MethodRouter.Handler) -> MethodRouter.Handler {
        { call in
            if let refusal = refusal(authorization: call.metadata("authorization")) {
                call.fail(refusal)
            } else {
                handler(call)
            }
        }
    }
}
