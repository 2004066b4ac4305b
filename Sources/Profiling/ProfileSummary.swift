import Execution

/// A recording in figures: by op, by node, by model.
public struct ProfileSummary: Sendable {
    /// All kernel calls of one op.
    public struct Op: Sendable {
        public let op: String
        public let totals: Totals
    }

    /// All kernel calls of one node of a model's version.
    public struct Node: Sendable {
        public struct Key: Hashable, Sendable {
            public let model: String
            public let version: Int64
            public let op: String
            public let node: String
        }

        public let key: Key
        public let totals: Totals
    }

    /// All runs of one signature.
    public struct Signature: Sendable {
        public let label: RunLabel
        public let totals: Totals
        /// Half of the runs, and 99 of 100, took no longer, in nanoseconds.
        public let median: UInt64
        public let percentile99: UInt64
        public let failures: Int
    }

    /// Those with the largest own time first.
    public let ops: [Op]
    public let nodes: [Node]
    /// Those with the largest total first.
    public let signatures: [Signature]
    /// The time from the beginning to the end of the recording, in nanoseconds.
    public let duration: UInt64
    /// What all recorded runs took together, in nanoseconds.
    public let runNanoseconds: UInt64
    public let runCount: Int
    public let droppedRuns: Int
    public let droppedSteps: Int
    public let threadCount: Int

    /// What the kernels took themselves; the rest of `runNanoseconds` is the runs' own.
    public var kernelNanoseconds: UInt64 { ops.reduce(0) { $0 &+ $1.totals.own } }

    public init(_ recording: Recording) {
        var steps = StepTotals(recording)
        for run in recording.runs { steps.add(run) }
        nodes = steps.byNode()
        ops = ProfileSummary.byOp(nodes)
        signatures = ProfileSummary.bySignature(recording)
        duration = recording.end &- recording.begin
        runNanoseconds = recording.runs.reduce(0) { $0 &+ $1.nanoseconds }
        runCount = recording.runs.count
        droppedRuns = recording.droppedRuns
        droppedSteps = recording.droppedSteps
        threadCount = recording.threads.count
    }

    private static func byOp(_ nodes: [Node]) -> [Op] {
        var totals: [String: Totals] = [:]
        for node in nodes { totals[node.key.op, default: Totals()].add(node.totals) }
        return totals.map { Op(op: $0.key, totals: $0.value) }
            .sorted { $0.totals.own != $1.totals.own ? $0.totals.own > $1.totals.own : $0.op < $1.op }
    }

    private static func bySignature(_ recording: Recording) -> [Signature] {
        var runs = recording.labels.map { _ in [Recording.Run]() }
        for run in recording.runs { runs[run.label].append(run) }
        return zip(recording.labels, runs).filter { !$0.1.isEmpty }.map { label, runs in
            var totals = Totals()
            for run in runs {
                let inside = recording.steps[run.steps].reduce(0) { $0 &+ ($1.depth == 0 ? $1.nanoseconds : 0) }
                totals.add(total: run.nanoseconds, own: run.nanoseconds &- min(run.nanoseconds, inside))
            }
            let times = runs.map(\.nanoseconds).sorted()
            return Signature(
                label: label, totals: totals, median: times[times.count / 2],
                percentile99: times[(times.count - 1) * 99 / 100], failures: runs.count { $0.failed })
        }
        .sorted {
            $0.totals.total != $1.totals.total ? $0.totals.total > $1.totals.total : $0.label.text < $1.label.text
        }
    }
}

/// Adds up the steps of runs: by place first, because there are many, by name in the end.
private struct StepTotals {
    private let recording: Recording
    private var totals: [[Totals]]
    /// The label of a run of each program.
    private var labels: [Int?]

    init(_ recording: Recording) {
        self.recording = recording
        totals = recording.programs.map { Array(repeating: Totals(), count: $0.names.count) }
        labels = recording.programs.map { _ in nil }
    }

    /// What a step called has ended before it did, so that it stands before it, one level deeper.
    mutating func add(_ run: Recording.Run) {
        var inside: [UInt64] = [0]
        for step in recording.steps[run.steps] {
            let depth = Int(step.depth)
            while inside.count < depth + 2 { inside.append(0) }
            let called = inside[depth + 1]
            inside[depth + 1] = 0
            inside[depth] &+= step.nanoseconds
            totals[Int(step.program)][Int(step.index)].add(
                total: step.nanoseconds, own: step.nanoseconds &- min(step.nanoseconds, called))
            labels[Int(step.program)] = run.label
        }
    }

    func byNode() -> [ProfileSummary.Node] {
        var nodes: [ProfileSummary.Node.Key: Totals] = [:]
        for (program, places) in totals.enumerated() {
            guard let label = labels[program].map({ recording.labels[$0] }) else { continue }
            for (name, totals) in zip(recording.programs[program].names, places) where totals.count > 0 {
                let key = ProfileSummary.Node.Key(
                    model: label.model, version: label.version, op: name.op, node: name.node)
                nodes[key, default: Totals()].add(totals)
            }
        }
        return nodes.map { ProfileSummary.Node(key: $0.key, totals: $0.value) }.sorted { a, b in
            guard a.totals.own == b.totals.own else { return a.totals.own > b.totals.own }
            return (a.key.model, a.key.version, a.key.node, a.key.op) < (
                b.key.model, b.key.version, b.key.node, b.key.op
            )
        }
    }
}
