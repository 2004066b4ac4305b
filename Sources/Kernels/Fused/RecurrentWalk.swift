import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// The states of one run of a recurrent layer on their way through the steps.
///
/// Two copies of each state take turns, so that a step reads the one and writes the other.
struct RecurrentWalk {
    private let layer: RecurrentLayer
    private let weights: RecurrentWeights
    private let sizes: RecurrentSizes
    private let hidden: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    /// The same memory twice where a step need not leave the state before as it was.
    private let cell: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    private let mask: UnsafePointer<Bool>?
    private let lastHidden: UnsafeMutablePointer<Float>
    private let lastCell: UnsafeMutablePointer<Float>?
    private let outputs: UnsafeMutablePointer<Float>?
    private let repeated: UnsafePointer<Float>?
    private let run: RecurrentKernels.Run

    /// Allocates all outputs, and copies the first states.
    init(
        _ layer: RecurrentLayer, _ weights: RecurrentWeights, _ sizes: RecurrentSizes,
        _ context: borrowing KernelContext
    ) throws(Status) {
        self.layer = layer
        self.weights = weights
        self.sizes = sizes
        let (rows, units) = (sizes.rows, weights.units)
        lastHidden = try context.allocateOutput(0, .float, [rows, units]).pointer(Float.self)
        lastCell =
            layer.hasCellState ? try context.allocateOutput(1, .float, [rows, units]).pointer(Float.self) : nil
        outputs =
            layer.makesList
            ? try context.allocateOutput(
                layer.listOutput, .float, try .checked([layer.keepsSteps ? sizes.steps : 1, rows, units])
            ).pointer(Float.self) : nil
        if let maskInput = layer.maskInput, let repeatedInput = layer.repeatedInput {
            mask = UnsafePointer(context.input(maskInput).pointer(Bool.self))
            repeated = UnsafePointer(context.input(repeatedInput).pointer(Float.self))
        } else {
            mask = nil
            repeated = nil
        }
        let shape = try TensorShape.checked([rows, weights.stateStride])
        hidden.0 = try context.allocateTemporary(.float, shape).pointer(Float.self)
        hidden.1 = try context.allocateTemporary(.float, shape).pointer(Float.self)
        cell.0 = layer.hasCellState ? try context.allocateTemporary(.float, shape).pointer(Float.self) : hidden.0
        cell.1 =
            layer.hasCellState && mask != nil
            ? try context.allocateTemporary(.float, shape).pointer(Float.self) : cell.0
        run =
            switch layer.cell {
            case .longShortTerm: RecurrentKernels.current.longShortTerm
            case .gatedReset: RecurrentKernels.current.gatedReset
            case .gatedState: GatedStateStep(units: units).run
            case .plain(let activation): plainStep(activation)
            }
        spread(context.input(layer.hiddenInput), to: hidden.0)
        if let input = layer.cellInput { spread(context.input(input), to: cell.0) }
    }

    /// Copies rows of units to rows of a state, whose other elements become 0.
    private func spread(_ tensor: Tensor, to state: UnsafeMutablePointer<Float>) {
        let values = tensor.pointer(Float.self)
        let (units, stride) = (weights.units, weights.stateStride)
        for row in 0..<sizes.rows {
            (state + row * stride).update(from: values + row * units, count: units)
            (state + row * stride + units).update(repeating: 0, count: stride - units)
        }
    }

    /// Takes `rows` through `steps`; `sums` belong to the first of the steps and all rows.
    func run(_ steps: Range<Int>, rows: Range<Int>, _ sums: UnsafeMutablePointer<Float>) {
        let place = rows.lowerBound * weights.stateStride
        let recurrent = weights.recurrent.place
        for step in steps {
            let (before, after) = turn(step, hidden)
            let (cellBefore, cellAfter) = turn(step, cell)
            let first = (step - steps.lowerBound) * sizes.rows + rows.lowerBound
            var call = RecurrentStep(
                sums: sums + first * weights.sumStride, weights: recurrent.elements,
                candidateBias: weights.candidateBias.pointer(Float.self), hidden: before + place,
                newHidden: after + place, cell: cellBefore + place, newCell: cellAfter + place, rowCount: rows.count,
                unitCount: weights.units)
            call.precision = recurrent.precision
            call.scales = recurrent.scales
            run(call)
            if mask != nil { restoreMasked(step, rows) }
            if outputs != nil { storeOutputs(step, rows) }
        }
    }

    private func turn(
        _ step: Int, _ copies: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    ) -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
        step & 1 == 0 ? copies : (copies.1, copies.0)
    }

    private func isMasked(_ step: Int, _ row: Int) -> Bool { mask.map { !$0[step * sizes.rows + row] } ?? false }

    private func restoreMasked(_ step: Int, _ rows: Range<Int>) {
        let (before, after) = turn(step, hidden)
        let (cellBefore, cellAfter) = turn(step, cell)
        let stride = weights.stateStride
        for row in rows where isMasked(step, row) {
            (after + row * stride).update(from: before + row * stride, count: stride)
            if layer.hasCellState { (cellAfter + row * stride).update(from: cellBefore + row * stride, count: stride) }
        }
    }

    private func storeOutputs(_ step: Int, _ rows: Range<Int>) {
        guard let outputs, layer.keepsSteps || mask != nil || step == sizes.steps - 1 else { return }
        let (units, stride) = (weights.units, weights.stateStride)
        let after = turn(step, hidden).1
        let size = sizes.rows * units
        let target = layer.keepsSteps ? outputs + step * size : outputs
        let source = step == 0 ? repeated : UnsafePointer(layer.keepsSteps ? target - size : target)
        for row in rows {
            if isMasked(step, row), let source {
                (target + row * units).update(from: source + row * units, count: units)
            } else {
                (target + row * units).update(from: after + row * stride, count: units)
            }
        }
    }

    /// Stores the states behind the last step.
    func finish() {
        let (units, stride) = (weights.units, weights.stateStride)
        let state = turn(sizes.steps, hidden).0
        let cellState = turn(sizes.steps, cell).0
        for row in 0..<sizes.rows {
            (lastHidden + row * units).update(from: state + row * stride, count: units)
            if let lastCell { (lastCell + row * units).update(from: cellState + row * stride, count: units) }
        }
    }
}

/// A step of a cell with one gate: `h' = activation(sums + h · weights)`, with weights as packed columns.
private func plainStep(_ activation: Activation) -> RecurrentKernels.Run {
    let activate = VectorKernels.current.activate
    return { step in
        ProductKernels.current.multiply(
            step.hidden, rowCount: step.rowCount, depth: step.unitCount, WeightPlace(step), columnCount: step.unitCount,
            to: step.newHidden, resultStride: step.unitCount, residual: step.sums)
        activate(activation, step.newHidden, step.rowCount * step.unitCount)
    }
}
