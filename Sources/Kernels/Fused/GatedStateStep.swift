import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// Steps of a GRU whose reset gate acts on the state before the product, which makes two products of a step:
/// `h' = z * h + (1 - z) * tanh(n + (r * h) · weights)`. Sums have rows of all z, all r and all n.
struct GatedStateStep {
    let units: Int
    /// The recurrent weights of z and r.
    private let gates: PackedColumns
    /// The recurrent weights of the candidate, which stand behind them.
    private let candidate: PackedColumns

    init(units: Int) {
        self.units = units
        gates = PackedColumns(depth: units, columnCount: 2 * units)
        candidate = PackedColumns(depth: units, columnCount: units)
    }

    /// The weights of both products, from `matrix` with the columns of z, r and n.
    func packed(_ matrix: Tensor, _ construction: KernelConstruction) throws(Status) -> PackedMatrix {
        guard let first = gates.elementCount, let second = candidate.elementCount else {
            throw .resourceExhausted("no memory for the weights of node \(construction.node.name)")
        }
        let layout = "reset before, \(gates.name)"
        let panels = WeightPanels(width: gates.panelWidth, depth: units, count: first + second)
        return try construction.packedMatrix(matrix, layout: layout, panels: panels) { target in
            let values = matrix.pointer(Float.self)
            gates.pack(values, rowStride: 3 * units, to: target)
            candidate.pack(values + 2 * units, rowStride: 3 * units, to: target + first)
        }
    }

    var run: RecurrentKernels.Run {
        let units = units
        let offset = gates.elementCount ?? 0
        let activate = VectorKernels.current.activate
        return { step in
            let weights = WeightPlace(step)
            addProduct(of: step.hidden, weights, columns: 2 * units, to: step.sums, step)
            for row in 0..<step.rowCount {
                let gates = step.sums + row * 3 * units
                let (before, after) = (step.hidden + row * units, step.newHidden + row * units)
                activate(Activation(.sigmoid), gates, 2 * units)
                for unit in 0..<units { after[unit] = gates[units + unit] * before[unit] }
            }
            addProduct(
                of: step.newHidden, weights.advanced(by: offset), columns: units, to: step.sums + 2 * units, step)
            for row in 0..<step.rowCount {
                let gates = step.sums + row * 3 * units
                let (before, after) = (step.hidden + row * units, step.newHidden + row * units)
                let next = gates + 2 * units
                activate(Activation(.tanh), next, units)
                for unit in 0..<units { after[unit] = gates[unit] * before[unit] + (1 - gates[unit]) * next[unit] }
            }
        }
    }
}

/// Adds the products of states with packed weights to columns of sums of three gates.
private func addProduct(
    of states: UnsafePointer<Float>, _ weights: WeightPlace, columns: Int,
    to sums: UnsafeMutablePointer<Float>, _ step: borrowing RecurrentStep
) {
    ProductKernels.current.multiply(
        states, rowCount: step.rowCount, depth: step.unitCount, weights, columnCount: columns, to: sums,
        resultStride: 3 * step.unitCount, residual: sums)
}

extension WeightPlace {
    /// The weights of a step whose products have panels of all units.
    init(_ step: borrowing RecurrentStep) {
        self.init(step.weights, step.precision, scales: step.scales, depth: step.unitCount)
    }
}
