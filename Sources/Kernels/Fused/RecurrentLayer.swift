import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// Recurrent layers that stand for whole loops: `FusedLSTM`, `FusedGRU` (whose reset gate acts on the recurrent sum, or on the
/// state before the product with attribute `resets_before`) and `FusedRNN` (one gate, with the attributes that `Activation`
/// reads).
///
/// Inputs: the sequence `[steps, rows, width]`; three constants, the input weights `[width, gates * units]`, the recurrent
/// weights `[units, gates * units]` and the biases `[gates * units]`; for `FusedGRU`, unless it resets before, the bias `[units]`
/// of the recurrent sum of the candidate; the first state `[rows, units]`; for `FusedLSTM` the cell's first state. The gates are i, f, g, o or z, r, n as
/// in `RecurrentKernels`. Behind them stand
/// - the integers that limit the loop's counters, one for each element of attribute `starts`, where the counters begin;
/// - with `has_list`, how many elements the list of outputs has: one for each step, or just one without `keeps_steps`;
/// - with `is_masked`, booleans `[steps, rows, 1]`, of which those that are false leave the states of their row as they are and
///   repeat its output, and what is repeated at first, `[rows, units]`;
/// - any number that only the replaced nodes read.
/// `stacked_count` and `row_count` are what the list's length and the rows must be if not -1.
///
/// Outputs: the last state; for `FusedLSTM` the cell's; with `makes_list` the outputs `[steps or 1, rows, units]`.
struct RecurrentLayer: Sendable {
    enum Cell: Sendable {
        case longShortTerm
        case gatedReset
        case gatedState
        case plain(Activation)
    }

    let cell: Cell
    let starts: [Int]
    /// Whether the loop has a list of outputs.
    let hasList: Bool
    /// Whether the list's elements are an output of the node.
    let makesList: Bool
    let keepsSteps: Bool
    let isMasked: Bool
    let stackedCount: Int
    let rowCount: Int

    init(_ cell: Cell, _ attributes: Attributes) throws(Status) {
        self.cell = cell
        starts = try attributes.ints("starts", default: [])
        hasList = try attributes.bool("has_list", default: false)
        makesList = try attributes.bool("makes_list", default: false)
        keepsSteps = try attributes.bool("keeps_steps", default: false)
        isMasked = try attributes.bool("is_masked", default: false)
        stackedCount = try attributes.int("stacked_count", default: -1)
        rowCount = try attributes.int("row_count", default: -1)
    }

    var gates: Int {
        switch cell {
        case .longShortTerm: 4
        case .gatedReset, .gatedState: 3
        case .plain: 1
        }
    }

    var hasCellState: Bool { if case .longShortTerm = cell { true } else { false } }
    /// Where the bias of the candidate's recurrent sum stands.
    var candidateBiasInput: Int? { if case .gatedReset = cell { 4 } else { nil } }
    var hiddenInput: Int { candidateBiasInput == nil ? 4 : 5 }
    var cellInput: Int? { hasCellState ? hiddenInput + 1 : nil }
    var firstLimit: Int { hiddenInput + (hasCellState ? 2 : 1) }
    var listInput: Int? { hasList ? firstLimit + starts.count : nil }
    var maskInput: Int? { isMasked ? firstLimit + starts.count + (hasList ? 1 : 0) : nil }
    var repeatedInput: Int? { maskInput.map { $0 + 1 } }
    var listOutput: Int { hasCellState ? 2 : 1 }
}

/// The sizes of one run.
struct RecurrentSizes {
    let steps: Int
    let rows: Int
}

extension RecurrentLayer {
    /// The sizes of a run whose loop gives what the layer does. Throws for all others, for the replaced nodes to answer.
    func sizes(_ context: borrowing KernelContext, width: Int, units: Int) throws(Status) -> RecurrentSizes {
        let sequence = context.input(0).shape
        guard sequence.rank == 3, sequence[2] == width else { throw RecurrentLayer.unlikeLoop("sequence") }
        let rows = sequence[1]
        guard rows > 0, rowCount < 0 || rows == rowCount else { throw RecurrentLayer.unlikeLoop("rows") }
        var steps = sequence[0]
        var turns = Int.max
        for (index, start) in starts.enumerated() {
            let limit = try integer(firstLimit + index, context)
            let (difference, overflow) = limit.subtractingReportingOverflow(start)
            guard !overflow else { throw RecurrentLayer.unlikeLoop("limit") }
            turns = min(turns, difference)
        }
        // More turns read behind the end of the sequence.
        guard turns > 0, turns <= steps else { throw RecurrentLayer.unlikeLoop("steps") }
        steps = turns
        if let listInput {
            let count = try integer(listInput, context)
            guard count == (keepsSteps ? steps : 1), stackedCount < 0 || count == stackedCount else {
                throw RecurrentLayer.unlikeLoop("list")
            }
        }
        try check(hiddenInput, [rows, units], context)
        if let cellInput { try check(cellInput, [rows, units], context) }
        if let maskInput, let repeatedInput {
            try check(repeatedInput, [rows, units], context)
            let mask = context.input(maskInput).shape
            guard mask.rank == 3, mask[0] >= steps, mask[1] == rows, mask[2] == 1 else {
                throw RecurrentLayer.unlikeLoop("mask")
            }
        }
        return RecurrentSizes(steps: steps, rows: rows)
    }

    private func integer(_ index: Int, _ context: borrowing KernelContext) throws(Status) -> Int {
        let tensor = context.input(index)
        guard tensor.shape.rank == 0, let value = tensor.integers?.first else {
            throw RecurrentLayer.unlikeLoop("integer")
        }
        return value
    }

    private func check(_ index: Int, _ shape: TensorShape, _ context: borrowing KernelContext) throws(Status) {
        guard context.input(index).shape == shape else { throw RecurrentLayer.unlikeLoop("state") }
    }

    private static func unlikeLoop(_ part: String) -> Status {
        .internalError("a recurrent layer does not do for this \(part) what the loop does")
    }
}
