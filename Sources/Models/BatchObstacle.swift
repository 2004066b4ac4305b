import Batching
import Graphs

/// Why requests to a signature can't be run together.
public enum BatchObstacle: Equatable, Sendable, CustomStringConvertible {
    /// A later run must see what an earlier one left behind.
    case changesState
    case noInputs
    case scalarInput(String)
    case fixedInput(String, rows: Int)
    case scalarOutput(String)
    case fixedOutput(String, rows: Int)

    /// Nil if nothing is known that is in the way. Under the strict policy, shapes are left to the checks of each request, as
    /// TensorFlow Serving does.
    public init?(of runner: SignatureRunner, _ policy: BatchScheduler.Policy) {
        if runner.mayChangeState {
            self = .changesState
            return
        }
        guard policy == .adaptive, let obstacle = BatchObstacle(runner.signature) else { return nil }
        self = obstacle
    }

    /// What the shapes of the signature say.
    private init?(_ signature: Signature) {
        if signature.inputs.isEmpty {
            self = .noInputs
            return
        }
        if let (alias, rows) = BatchObstacle.obstructive(signature.inputs) {
            self = rows.map { .fixedInput(alias, rows: $0) } ?? .scalarInput(alias)
            return
        }
        guard let (alias, rows) = BatchObstacle.obstructive(signature.outputs) else { return nil }
        self = rows.map { .fixedOutput(alias, rows: $0) } ?? .scalarOutput(alias)
    }

    /// The first of `ports` that is a scalar, whose rows are nil, or that always has the same number of rows.
    private static func obstructive(_ ports: [String: Signature.Port]) -> (alias: String, rows: Int?)? {
        for (alias, port) in ports.sorted(by: { $0.key < $1.key }) {
            guard let dimensions = port.shape.dimensions else { continue }
            guard let rows = dimensions.first else { return (alias, nil) }
            if rows >= 0 { return (alias, rows) }
        }
        return nil
    }

    public var description: String {
        switch self {
        case .changesState: "they may change the state of the model"
        case .noInputs: "it has no inputs"
        case .scalarInput(let alias): "its input \"\(alias)\" is a scalar"
        case .fixedInput(let alias, let rows): "the first dimension of its input \"\(alias)\" is always \(rows)"
        case .scalarOutput(let alias): "its output \"\(alias)\" is a scalar"
        case .fixedOutput(let alias, let rows): "the first dimension of its output \"\(alias)\" is always \(rows)"
        }
    }
}
