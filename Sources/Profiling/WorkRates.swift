import Execution

/// What a machine can do at most for the runs that are looked at.
public struct MachineLimits: Sendable, Equatable {
    /// Arithmetic operations a second, a multiplication and an addition being two.
    public var operationsPerSecond: Double
    /// Bytes a second that can be read from memory that is in no cache.
    public var bytesPerSecond: Double

    public init(operationsPerSecond: Double, bytesPerSecond: Double) {
        self.operationsPerSecond = operationsPerSecond
        self.bytesPerSecond = bytesPerSecond
    }
}

/// How fast ops and nodes did their work, beside what the machine can do.
public struct WorkRates: Sendable {
    public let limits: MachineLimits
    private let nodes: [WorkTally.NodeName: Work]

    /// - Parameters:
    ///   - tally: of one or more runs like those of the profiles.
    ///   - limits: of what one run can have: with several at a time, its part.
    public init(_ tally: WorkTally, limits: MachineLimits) {
        nodes = tally.byNode()
        self.limits = limits
    }

    /// The speed of one row of a profile; nil where the work is not known.
    public struct Rate: Sendable, Equatable {
        public var operationsPerSecond: Double?
        public var bytesPerSecond: Double?
        /// Of the machine's limit: 1 cannot be passed by plain computing.
        public var operationShare: Double?
        /// Of the memory's limit: more than 1 means that caches held what was read or written.
        public var byteShare: Double?
    }

    /// The rate of the calls of a node.
    public func rate(of node: ProfileSummary.Node) -> Rate {
        rate(work(of: node), in: node.totals.own)
    }

    /// The rate of all nodes of `op` in `summary`.
    public func rate(of op: ProfileSummary.Op, in summary: ProfileSummary) -> Rate {
        var work = Work()
        for node in summary.nodes where node.key.op == op.op { work.add(self.work(of: node)) }
        return rate(work, in: op.totals.own)
    }

    /// The rate of all that is known of `summary`, in the time of all runs.
    public func rate(of summary: ProfileSummary) -> Rate {
        var (operations, bytes) = (0.0, 0.0)
        for node in summary.nodes {
            let work = work(of: node)
            operations += work.operations ?? 0
            bytes += work.bytes ?? 0
        }
        var work = Work()
        (work.operations, work.bytes) = (operations, bytes)
        return rate(work, in: summary.runNanoseconds)
    }

    private func work(of node: ProfileSummary.Node) -> Work {
        if let known = nodes[WorkTally.NodeName(op: node.key.op, node: node.key.node)] {
            return known.ofCalls(node.totals.count)
        }
        var unknown = Work()
        (unknown.operations, unknown.bytes) = (nil, nil)
        return unknown
    }

    private func rate(_ work: Work, in nanoseconds: UInt64) -> Rate {
        let seconds = Double(max(1, nanoseconds)) / 1e9
        var rate = Rate()
        rate.operationsPerSecond = work.operations.map { $0 / seconds }
        rate.bytesPerSecond = work.bytes.map { $0 / seconds }
        rate.operationShare = rate.operationsPerSecond.map { $0 / limits.operationsPerSecond }
        rate.byteShare = rate.bytesPerSecond.map { $0 / limits.bytesPerSecond }
        return rate
    }
}
