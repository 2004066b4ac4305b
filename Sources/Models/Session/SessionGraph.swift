import Compiler
import Execution
import Graphs
import ServingCore
import Synchronization
import Tensors
import Threading

/// The graph of a loaded model, for runs that name themselves what they feed, fetch and run.
///
/// Any number of threads may use it at once. Its programs read variables where they stand, as all runs see them.
public final class SessionGraph: Sendable {
    private let graph: Graph
    private let positions: [String: Int]
    private let compiler: GraphCompiler
    private let site: ProgramSite
    private let willWrite: @Sendable (VariableAccess) throws(Status) -> Void
    private let programs = Mutex(
        ProgramCache<SessionPlan.Key, Program>(
            capacity: SessionGraph.maximumPrograms, costLimit: SessionGraph.maximumProgramBytes))
    private let turns = Mutex(CompileTurns())

    /// At most so many programs are kept.
    static let maximumPrograms = 64
    /// Bytes that the constants of all kept programs may have together; kernels make copies of some.
    static let maximumProgramBytes = 256 << 20

    /// - Parameters:
    ///   - site: where programs run; its environment has no files.
    ///   - willWrite: called before a program that may change variables runs for the first time, by one thread at a time.
    init(
        _ graph: Graph, _ compiler: GraphCompiler, site: ProgramSite,
        willWrite: @escaping @Sendable (VariableAccess) throws(Status) -> Void
    ) {
        self.graph = graph
        positions = graph.positionsByName()
        self.compiler = compiler
        self.site = site
        self.willWrite = willWrite
    }

    /// The constants of the graph.
    var constants: [Tensor] {
        graph.nodes.compactMap { if case .tensor(let value) = $0.attributes["value"] { value } else { nil } }
    }

    /// Bytes of the graph without its constants, roughly.
    var byteCount: Int {
        graph.nodes.reduce(0) { $0 + 512 + 2 * $1.name.utf8.count + 96 * $1.attributes.values.count }
    }

    /// How many programs are kept.
    var programCount: Int { programs.withLock { $0.count } }

    /// Finds what a request names; see `SessionPlan`.
    public func plan(
        feeds: [(name: String, dataType: DataType)], fetches: [String], targets: [String]
    ) throws(Status) -> SessionPlan {
        try SessionPlan(
            feeds: feeds, fetches: fetches, targets: targets, in: graph, positions,
            declaredOutputs: compiler.declaredOutputs)
    }

    /// The program for `plan`, compiled now if it was not used lately.
    ///
    /// - Parameter resume: called later, on any thread, if another program is being compiled now; then the result is nil, and
    ///   the caller should ask again.
    /// Throws PERMISSION_DENIED if a node touches files, UNIMPLEMENTED with all ops that are not supported,
    /// RESOURCE_EXHAUSTED if too many programs wait to be compiled, and what the compiler throws.
    public func program(
        for plan: SessionPlan, resume: @escaping @Sendable () -> Void
    ) throws(Status) -> Program? {
        if let program = programs.withLock({ $0.value(for: plan.key) }) { return program }
        switch turns.withLock({ $0.begin(resume) }) {
        case .parked: return nil
        case .refused:
            throw .resourceExhausted(
                "\(CompileTurns.maximumParked) SessionRun requests wait already for other programs to be compiled")
        case .begun: break
        }
        defer { for resume in turns.withLock({ $0.end() }) { resume() } }
        // It may have been made by the turn before.
        if let program = programs.withLock({ $0.value(for: plan.key) }) { return program }
        let program = try compile(plan.key)
        let cost = SessionGraph.cost(of: program)
        // Freed outside of the lock.
        _ = programs.withLock { $0.insert(program, for: plan.key, cost: cost) }
        return program
    }

    /// Runs `program`, which was made for `plan`.
    /// - Parameter feeds: the values in the order of the names that `plan` was made of.
    /// - Returns: the tensors in the order of the fetches that `plan` was made of, when the run began, and how long it took, nanoseconds.
    public func run(
        _ program: Program, _ plan: SessionPlan, feeds: [Tensor], deadline: Deadline, cancellation: CancellationFlag?
    ) throws(Status) -> (results: [Tensor], start: UInt64, nanoseconds: UInt64) {
        try plan.checkTypes()
        let (values, start, nanoseconds) = try site.run(
            program, plan.arguments.map { feeds[$0] }, of: "SessionRun", deadline: deadline, cancellation: cancellation,
            purpose: .request)
        return (plan.results.map { values[$0] }, start, nanoseconds)
    }

    private func compile(_ key: SessionPlan.Key) throws(Status) -> Program {
        let compiler = compiler.branch()
        let prepared = try compiler.prepare(
            graph, feeds: key.feeds.map { ($0.outlet, TensorFact($0.dataType)) }, fetches: key.fetches,
            targets: key.targets)
        if let node = compiler.fileAccess(in: prepared) {
            throw Status(
                .permissionDenied,
                "SessionRun does not run ops that read or write files: \(node.op)\n\t [[\(node.errorLabel)]]")
        }
        do throws(Status) {
            try compiler.checkSupport(of: [prepared])
        } catch {
            throw Status(error.code == .notFound ? .unimplemented : error.code, error.message)
        }
        let program = try compiler.compile(prepared)
        if compiler.mayChangeState(prepared) { try willWrite(try compiler.variables(of: prepared)) }
        return program
    }

    private static func cost(of program: Program) -> Int {
        var seen: Set<ObjectIdentifier> = []
        return program.constantTensors.reduce(1024 * program.steps.count) { sum, tensor in
            seen.insert(ObjectIdentifier(tensor.buffer)).inserted ? sum + tensor.byteCount : sum
        }
    }
}
