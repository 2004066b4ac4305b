import Execution
import Synchronization

/// How much work calls have had, as far as it is known.
public struct Work: Sendable, Equatable {
    public var calls = 0
    /// Arithmetic operations; nil if they are not known for some of the calls.
    public var operations: Double? = 0
    /// Bytes read and written; nil if they are not known for some of the calls.
    public var bytes: Double? = 0

    public init() {}

    /// What a step had to do by itself: what it made others do counts for them.
    init(_ step: StepExtent) {
        calls = 1
        operations = step.ranOthers ? nil : OperationCounts.operations(step)
        bytes = step.ranOthers ? nil : ByteCounts.bytes(step)
    }

    mutating func add(_ other: Work) {
        calls += other.calls
        operations = Work.sum(operations, other.operations)
        bytes = Work.sum(bytes, other.bytes)
    }

    private static func sum(_ a: Double?, _ b: Double?) -> Double? {
        guard let a, let b else { return nil }
        return a + b
    }

    /// Of `count` calls like these on average.
    func ofCalls(_ count: Int) -> Work {
        var work = Work()
        work.calls = count
        let times = calls == 0 ? 0 : Double(count) / Double(calls)
        work.operations = operations.map { $0 * times }
        work.bytes = bytes.map { $0 * times }
        return work
    }
}

/// Adds up how much work the nodes of a model have.
public final class WorkTally: StepObserver {
    private let tally = Mutex<[StepNames.Name: Work]>([:])

    public init() {}

    public func stepDone(_ step: StepExtent) {
        let work = Work(step)
        tally.withLock { $0[step.name, default: Work()].add(work) }
    }

    /// The work of all steps so far, by op and node as in `ProfileSummary.Node.Key`.
    func byNode() -> [NodeName: Work] {
        var nodes: [NodeName: Work] = [:]
        for (name, work) in tally.withLock({ $0 }) {
            nodes[NodeName(op: name.op, node: name.node), default: Work()].add(work)
        }
        return nodes
    }

    struct NodeName: Hashable {
        let op: String
        let node: String
    }
}
