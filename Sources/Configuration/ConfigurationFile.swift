import Glibc
import ServingCore
import ServingProtos

/// Reads the text files that flags name.
public enum ConfigurationFile {
    /// Longest file that is read, in bytes; far above what anybody writes by hand.
    static let longest = 64 << 20

    /// Reads the file at `path` as a message in protobuf's text format.
    ///
    /// NOT_FOUND `<path>; No such file or directory` and the like if it cannot be read. If it does not parse, the log
    /// gets one line with the place and the fault, and INVALID_ARGUMENT `Invalid protobuf file: '<path>'` is thrown.
    public static func read<Proto: ProtoMessage>(_ path: String, as type: Proto.Type) throws(Status) -> Message<Proto> {
        let bytes = try contents(of: path)
        do throws(Status) {
            return try bytes.withUnsafeBufferPointer { (bytes) throws(Status) in
                try TextFormat.parse(UnsafeRawBufferPointer(bytes), fileName: path, as: type)
            }
        } catch {
            Log.error(error.message)
            throw .invalidArgument("Invalid protobuf file: '\(path)'")
        }
    }

    /// The bytes of the file at `path`; errors as above.
    static func contents(of path: String) throws(Status) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= longest else {
                throw .invalidArgument("\(path) is longer than \(longest) bytes, which no configuration file should be")
            }
            bytes += piece[..<count]
        }
    }

    private static func failure(_ path: String) -> Status {
        let code: StatusCode =
            switch errno {
            case ENOENT: .notFound
            case EACCES, EPERM: .permissionDenied
            case EISDIR: .failedPrecondition
            default: .unavailable
            }
        return Status(code, "\(path); \(String(cString: strerror(errno)))")
    }
}
