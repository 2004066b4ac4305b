/// The one error type from kernel to wire: a code and a sentence that says what was expected and what came.
///
/// Only the edges turn it into a gRPC status or an HTTP answer.
public struct Status: Error, Sendable, Hashable, CustomStringConvertible {
    public let code: StatusCode
    public let message: String

    public init(_ code: StatusCode, _ message: String) {
        self.code = code
        self.message = message
    }

    public static let ok = Status(.ok, "")

    public var isOK: Bool { code == .ok }

    /// `CODE: message`, as TensorFlow Serving prints a status; `OK` without a message.
    public var description: String { isOK ? "OK" : "\(code.name): \(message)" }

    /// The same code with `suffix` behind the message.
    public func appending(_ suffix: String) -> Status { Status(code, message + suffix) }

    /// The same code with `prefix` before the message.
    public func prefixed(_ prefix: String) -> Status { Status(code, prefix + message) }

    public static func invalidArgument(_ message: String) -> Status { Status(.invalidArgument, message) }
    public static func notFound(_ message: String) -> Status { Status(.notFound, message) }
    public static func failedPrecondition(_ message: String) -> Status { Status(.failedPrecondition, message) }
    public static func unimplemented(_ message: String) -> Status { Status(.unimplemented, message) }
    public static func internalError(_ message: String) -> Status { Status(.internalError, message) }
    public static func resourceExhausted(_ message: String) -> Status { Status(.resourceExhausted, message) }
    public static func dataLoss(_ message: String) -> Status { Status(.dataLoss, message) }
    public static func outOfRange(_ message: String) -> Status { Status(.outOfRange, message) }
    public static func unavailable(_ message: String) -> Status { Status(.unavailable, message) }
}
