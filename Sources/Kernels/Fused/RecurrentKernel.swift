import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// A recurrent layer: what the inputs add to the gates comes from one product for many steps; then each step is a product of
/// the state with the recurrent weights, and in the same pass over the registers the new state.
///
/// Rows of a batch know nothing of each other, so threads take rows and walk through the steps without waiting.
final class RecurrentKernel: Kernel {
    private let layer: RecurrentLayer
    private let weights: RecurrentWeights

    /// Sums of this many elements are made at a time: they stay in the caches until the steps read them.
    private static let chunkElements = 1 << 18

    init(_ layer: RecurrentLayer, _ weights: RecurrentWeights) {
        self.layer = layer
        self.weights = weights
    }

    /// The weights and biases, which stand between the sequence and the states.
    var packedInputs: [Int] { Array(1..<layer.hiddenInput) }

    var weightReductions: [WeightReduction] {
        [weights.input.reduction, weights.recurrent.reduction].compactMap { $0 }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let sizes = try layer.sizes(context, width: weights.width, units: weights.units)
        let (rowSums, overflow) = sizes.rows.multipliedReportingOverflow(by: weights.sumStride)
        guard !overflow else { throw .resourceExhausted("too many rows: \(sizes.rows)") }
        let chunk = max(1, min(sizes.steps, RecurrentKernel.chunkElements / rowSums))
        let sums = try context.allocateTemporary(.float, try .checked([chunk, rowSums])).pointer(Float.self)
        let walk = try RecurrentWalk(layer, weights, sizes, context)
        var step = 0
        while step < sizes.steps {
            try context.execution.checkStillWanted()
            let steps = step..<min(step + chunk, sizes.steps)
            addInputs(of: steps, sizes, to: sums, context)
            let cost = Double(steps.count) * Double(weights.units * weights.sumStride) / 12
            let pieces = RecurrentKernel.pieces(of: sizes.rows, threads: context.threadCount)
            context.parallelFor(pieces, cost: cost * Double(sizes.rows) / Double(max(pieces, 1))) { range in
                let first = sizes.rows * range.lowerBound / pieces
                walk.run(steps, rows: first..<sizes.rows * range.upperBound / pieces, sums)
            }
            step = steps.upperBound
        }
        walk.finish()
    }

    /// Into how many pieces rows are cut: each step of each piece reads all weights, so few rows give one piece for each thread.
    private static func pieces(of rows: Int, threads: Int) -> Int { min(rows, threads * max(1, rows / (24 * threads))) }

    /// The product of the rows of `steps` with the input weights, and the biases.
    private func addInputs(
        of steps: Range<Int>, _ sizes: RecurrentSizes, to sums: UnsafeMutablePointer<Float>,
        _ context: borrowing KernelContext
    ) {
        let sequence = context.input(0).pointer(Float.self) + steps.lowerBound * sizes.rows * weights.width
        let (width, columns) = (weights.width, weights.sumStride)
        let (packed, bias) = (weights.input.place, weights.bias.pointer(Float.self))
        context.parallelFor(steps.count * sizes.rows, cost: Double(width * columns) / 50) { rows in
            ProductKernels.current.multiply(
                sequence + rows.lowerBound * width, rowCount: rows.count, depth: width, packed, columnCount: columns,
                to: sums + rows.lowerBound * columns, resultStride: columns, bias: bias)
        }
    }
}
