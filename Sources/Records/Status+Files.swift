import Glibc
import ServingCore

extension Status {
    /// `<path>; <reason>` for the number that a call of the system left in `errno`.
    static func file(_ path: String, _ error: Int32) -> Status {
        let code: StatusCode =
            switch error {
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM, EROFS: .permissionDenied
            case EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EFBIG: .resourceExhausted
            default: .unknown
            }
        return Status(code, "\(path); \(String(cString: strerror(error)))")
    }
}
