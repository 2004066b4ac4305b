import Glibc
import ServingCore

/// Questions about files, with errors in TensorFlow's words.
enum FileSystem {
    /// The size of the file at `path`; nil if there is no such file. Throws if it can't be told.
    static func size(_ path: String) throws(Status) -> Int? {
        var information = stat()
        guard stat(path, &information) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw failure(path, errno) }
            return nil
        }
        return Int(information.st_size)
    }

    /// True if something stands at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// `<path>; <reason>` with the code that TensorFlow gives to `error`.
    static func failure(_ path: String, _ error: Int32) -> Status {
        let reason = String(cString: strerror(error))
        let code: StatusCode =
            switch error {
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM: .permissionDenied
            case EMFILE, ENFILE, ENOMEM: .resourceExhausted
            case EIO: .dataLoss
            default: .unknown
            }
        return Status(code, "\(path); \(reason)")
    }

    /// True if `name` names a file below the folder that it is appended to: relative, and never upwards.
    static func isInside(_ name: String) -> Bool {
        guard !name.isEmpty, !name.hasPrefix("/"), !name.utf8.contains(0) else { return false }
        return !name.split(separator: "/").contains("..")
    }
}
