import Glibc
import ServingCore

/// What went wrong in a call of the system, as a `Status`.
enum SystemCall {
    /// The status for the present `errno`: RESOURCE_EXHAUSTED when descriptors or memory ran out, UNAVAILABLE when an
    /// address is taken, PERMISSION_DENIED, NOT_FOUND, otherwise INTERNAL.
    static func failure(_ call: String, about subject: String = "") -> Status {
        let error = errno
        let code: StatusCode =
            switch error {
            case EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC: .resourceExhausted
            case EADDRINUSE, EADDRNOTAVAIL: .unavailable
            case EACCES, EPERM: .permissionDenied
            case ENOENT, ENOTDIR: .notFound
            default: .internalError
            }
        let about = subject.isEmpty ? "" : " \(subject)"
        return Status(code, "\(call)\(about): \(String(cString: strerror(error)))")
    }
}
