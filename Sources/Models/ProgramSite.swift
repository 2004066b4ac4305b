import Compiler
import Execution
import Metrics
import Servables
import ServingCore
import Tensors
import Threading

/// Where the programs of one loaded version run: with its contexts, at the pace of the server.
struct ProgramSite: Sendable {
    let contexts: ExecutionContextPool
    var pace: WorkPace?
    /// What profiles call the version.
    var id: ServableID?
    var recorder: RunRecorder?
    /// Takes what each run took, microseconds.
    var runTimes: Histogram?
    var clock: any Clock = SystemClock()

    /// Runs `program` on the calling thread, in memory that is this run's only.
    func run(
        _ program: Program, _ feeds: consuming [Tensor], of signature: String, deadline: Deadline,
        cancellation: CancellationFlag?, purpose: Model.RunPurpose
    ) throws(Status) -> (results: [Tensor], start: UInt64, nanoseconds: UInt64) {
        try run(
            program, consume feeds, of: signature, in: RunArena(contexts), deadline: deadline,
            cancellation: cancellation, purpose: purpose)
    }

    /// Runs `program` on the calling thread.
    /// - Parameters:
    ///   - feeds: steps may use the memory of those that nobody else holds.
    ///   - arena: made of `contexts`.
    ///   - signature: what profiles call the program.
    /// - Returns: its results, when it began, and how long it took, nanoseconds.
    func run(
        _ program: Program, _ feeds: consuming [Tensor], of signature: String, in arena: borrowing RunArena,
        deadline: Deadline, cancellation: CancellationFlag?, purpose: Model.RunPurpose
    ) throws(Status) -> (results: [Tensor], start: UInt64, nanoseconds: UInt64) {
        let isRequest = purpose == .request
        if isRequest { pace?.requestBegins() }
        defer { if isRequest { pace?.requestEnds() } }
        let trace = isRequest ? recorder?.runBegins { label(of: signature) } : nil
        var isComplete = false
        defer { if let trace { recorder?.runEnds(trace, failed: !isComplete) } }
        let start = clock.nanoseconds()
        var arguments = consume feeds
        let results = try arena.run(
            program, taking: &arguments, deadline: deadline, cancellation: cancellation, borrowsThreads: isRequest,
            trace: trace)
        isComplete = true
        let nanoseconds = clock.nanoseconds() &- start
        runTimes?.observe(Double(nanoseconds) * 1e-3)
        return (results, start, nanoseconds)
    }

    private func label(of signature: String) -> RunLabel {
        RunLabel(model: id?.name ?? "", version: id?.version ?? 0, signature: signature)
    }
}
