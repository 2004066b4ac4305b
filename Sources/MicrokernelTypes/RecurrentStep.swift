/// One step of a recurrent cell for several rows of a batch.
///
/// Units are computed in blocks of `RecurrentKernels.blockWidth`, and everything has room for whole blocks: states have rows of
/// `blocks * blockWidth` elements. In `sums` and `weights`, a block has one vector of its width for each gate, gate after gate.
public struct RecurrentStep {
    /// For each row what inputs and biases add to the gates: block after block. They are overwritten.
    public var sums: UnsafeMutablePointer<Float>
    /// For each block and in it for each unit of the state before, one vector for each gate; as many elements as
    /// `blocks * unitCount * gates * blockWidth`.
    public var weights: UnsafeRawPointer
    public var precision = WeightPrecision.float
    /// For `int8Weights` only: a factor for each column of the weights, in their order.
    public var scales: UnsafePointer<Float>?
    /// For `gatedReset` only: what is added to the recurrent sum of the candidate before the reset gate.
    public var candidateBias: UnsafePointer<Float>
    /// The state before.
    public var hidden: UnsafePointer<Float>
    /// The state afterwards, which must not overlap `hidden`.
    public var newHidden: UnsafeMutablePointer<Float>
    /// For `longShortTerm` only: the cell's state before and afterwards, which may be the same memory.
    public var cell: UnsafePointer<Float>
    public var newCell: UnsafeMutablePointer<Float>
    public var rowCount: Int
    /// At least 1.
    public var unitCount: Int

    public init(
        sums: UnsafeMutablePointer<Float>, weights: UnsafeRawPointer, candidateBias: UnsafePointer<Float>,
        hidden: UnsafePointer<Float>, newHidden: UnsafeMutablePointer<Float>, cell: UnsafePointer<Float>,
        newCell: UnsafeMutablePointer<Float>, rowCount: Int, unitCount: Int
    ) {
        self.sums = sums
        self.weights = weights
        self.candidateBias = candidateBias
        self.hidden = hidden
        self.newHidden = newHidden
        self.cell = cell
        self.newCell = newCell
        self.rowCount = rowCount
        self.unitCount = unitCount
    }
}

/// Steps of recurrent cells of one kind of processor.
public struct RecurrentKernels: Sendable {
    public typealias Run = @Sendable (borrowing RecurrentStep) -> Void

    /// Units of a block.
    public let blockWidth: Int
    /// With the gates i, f, g, o: `c' = sigmoid(f) * c + sigmoid(i) * tanh(g)`, `h' = sigmoid(o) * tanh(c')`.
    public let longShortTerm: Run
    /// With the gates z, r, n, of which n's recurrent sum u is kept apart:
    /// `h' = sigmoid(z) * h + (1 - sigmoid(z)) * tanh(n + sigmoid(r) * u)`.
    public let gatedReset: Run

    public init(blockWidth: Int, longShortTerm: @escaping Run, gatedReset: @escaping Run) {
        self.blockWidth = blockWidth
        self.longShortTerm = longShortTerm
        self.gatedReset = gatedReset
    }
}
