import Execution
import ServingCore

/// The environment of runs that clients put together: no file is read.
struct ClosedFiles: ExecutionEnvironment {
    func checkpoint(prefix: String) throws(Status) -> any CheckpointReader { throw ClosedFiles.refusal(prefix) }

    func readFile(_ path: String) throws(Status) -> [UInt8] { throw ClosedFiles.refusal(path) }

    private static func refusal(_ path: String) -> Status {
        Status(.permissionDenied, "a SessionRun reads no files; asked for \(path)")
    }
}
