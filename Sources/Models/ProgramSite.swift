import Compiler
import Execution
import ServingCore
import Tensors
import Threading

/// Where the programs of one loaded version run: with its contexts, at the pace of the server.
struct ProgramSite: Sendable {
    let contexts: ExecutionContextPool
    let pace: WorkPace?
    let clock: any Clock

    /// Runs `program` on the calling thread.
    /// - Returns: its results, and how long it took in nanoseconds.
    func run(
        _ program: Program, _ feeds: [Tensor], deadline: Deadline, cancellation: CancellationFlag?,
        purpose: Model.RunPurpose
    ) throws(Status) -> (results: [Tensor], nanoseconds: UInt64) {
        let isRequest = purpose == .request
        if isRequest { pace?.requestBegins() }
        defer { if isRequest { pace?.requestEnds() } }
        let start = clock.nanoseconds()
        let results = try contexts.withContext(
            deadline: deadline, cancellation: cancellation, borrowsThreads: isRequest
        ) { (context) throws(Status) in try program.run(feeds, in: context) }
        return (results, clock.nanoseconds() &- start)
    }
}
