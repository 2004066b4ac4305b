import Graphs
import Models
import ServingCore
import Tensors

/// Why requests to a signature cannot be put together.
struct BatchObstacle: Equatable, Sendable {
    let reason: String

    private init(_ reason: String) { self.reason = reason }

    /// What the signature itself says; nil if nothing is in the way.
    static func declared(_ runner: SignatureRunner) -> BatchObstacle? {
        guard !runner.mayChangeState else {
            return BatchObstacle("a run may change the state of the model, so each request must run by itself")
        }
        guard !runner.inputs.isEmpty else { return BatchObstacle("it has no inputs") }
        for input in runner.inputs.sorted(by: { $0.alias < $1.alias }) {
            guard let sizes = input.port.shape.dimensions else { continue }
            guard let first = sizes.first else { return BatchObstacle("input \(input.alias) is a scalar") }
            guard first < 0 else {
                return BatchObstacle(
                    "the first dimension of input \(input.alias), which counts the rows, is always \(first) "
                        + "(shape \(input.port.shape))")
            }
        }
        return nil
    }

    /// What a run says of which the inputs had so many rows.
    static func found(_ outputs: [Tensor], names: [String], rows: Int) -> BatchObstacle? {
        for (name, output) in zip(names, outputs) where output.shape.rank == 0 || output.shape[0] != rows {
            return BatchObstacle(
                "output \(name) has shape \(output.shape) for \(Readable.counted(rows, "row")), so it cannot be cut into the "
                    + "requests' answers")
        }
        return nil
    }
}
