import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// Products of rows with a constant matrix, `activation(a · b + bias + residual)`, whose columns are packed while loading.
struct PackedProduct: Sendable {
    /// The terms of a sum: elements of a row of `a`.
    let depth: Int
    /// Elements of a row of the result.
    let columns: Int
    private let weights: PackedMatrix
    /// True if `weights` are the columns one after the other, false if they are panels.
    private let hasLines: Bool
    private let activation: Activation

    /// Throws as `KernelConstruction.packed` does.
    init(
        _ construction: KernelConstruction, _ matrix: ConstantWeights, activation: Activation
    ) throws(Status) {
        let (depth, columns, isTransposed) = (matrix.matrix.rows, matrix.matrix.channels, matrix.matrix.isTransposed)
        self.depth = depth
        self.columns = columns
        self.activation = activation
        hasLines = columns <= DenseKernels.current.fewColumns
        let steps = isTransposed ? (row: 1, column: depth) : (row: columns, column: 1)
        let panels = PackedColumns(depth: depth, columnCount: columns)
        let lines = WeightPanels(width: 1, depth: depth, count: matrix.tensor.elementCount)
        guard let whole = hasLines ? lines : WeightPanels(panels) else {
            throw .resourceExhausted("the weights of node \(construction.node.name) are too large to be packed")
        }
        let layout = hasLines ? "lines of \(depth) x \(columns)" : panels.name
        weights = try construction.packedMatrix(
            matrix, layout: isTransposed ? "\(layout), transposed" : layout, panels: whole
        ) { [hasLines] source, target in
            guard hasLines else {
                return panels.pack(source, rowStride: steps.row, columnStride: steps.column, to: target)
            }
            for column in 0..<columns {
                for row in 0..<depth {
                    target[column &* depth &+ row] = source[row &* steps.row &+ column &* steps.column]
                }
            }
        }
    }

    /// What the weights have lost.
    var weightReductions: [WeightReduction] { [weights.reduction].compactMap { $0 } }

    /// Computes `rows` rows, which stand without gaps in `a`, `residual` and `c`; the residual may be `c` itself.
    func run(
        rows: Int, a: UnsafePointer<Float>, bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        c: UnsafeMutablePointer<Float>, in context: borrowing KernelContext
    ) {
        let job = Job(product: self, a: a, bias: bias, residual: residual, c: c)
        let cost = estimatedNanoseconds(rows: rows)
        let width = hasLines ? columns : 2 * ProductKernels.current.panelWidth
        let groups = (columns + width - 1) / width
        if columns >= rows, groups > 1 {
            // Each thread reads a part of the weights.
            context.parallelFor(groups, cost: cost / Double(groups)) { range in
                job.run(0..<rows, range.lowerBound * width..<min(range.upperBound * width, columns))
            }
        } else {
            // A piece reads all weights, so it has several tiles where there are enough of them.
            let tile = ProductKernels.current.tileRows
            let height = rows >= 16 * tile * context.threadCount ? 4 * tile : tile
            let tiles = (rows + height - 1) / height
            context.parallelFor(tiles, cost: cost / Double(tiles)) { range in
                job.run(range.lowerBound * height..<min(range.upperBound * height, rows), 0..<columns)
            }
        }
    }

    /// A rough guess of the time on one thread: arithmetic, or reading the weights.
    private func estimatedNanoseconds(rows: Int) -> Double {
        let terms = Double(depth) * Double(columns)
        return max(terms * Double(rows) * 0.01, terms * 0.01 * Double(weights.precision.byteCount))
    }

    /// One call of `run`.
    private struct Job {
        let product: PackedProduct
        let a: UnsafePointer<Float>
        let bias: UnsafePointer<Float>?
        let residual: UnsafePointer<Float>?
        let c: UnsafeMutablePointer<Float>

        /// Results of one block lie in the second cache until the activation has been applied to them.
        private static let block = (rows: 168, columns: 128)

        func run(_ rows: Range<Int>, _ columns: Range<Int>) {
            guard product.activation.limits == nil else { return multiply(rows, columns) }
            let activate = VectorKernels.current.activate
            let blocks = (rows.count + Job.block.rows - 1) / Job.block.rows
            for block in 0..<blocks {
                // All about equally high: a low one would read all weights for a few rows.
                let first = rows.lowerBound + rows.count * block / blocks
                let blockRows = first..<rows.lowerBound + rows.count * (block + 1) / blocks
                for column in stride(from: columns.lowerBound, to: columns.upperBound, by: Job.block.columns) {
                    let blockColumns = column..<min(column + Job.block.columns, columns.upperBound)
                    multiply(blockRows, blockColumns)
                    for row in blockRows {
                        activate(product.activation, c + row * product.columns + column, blockColumns.count)
                    }
                }
            }
        }

        /// `columns` must begin at the beginning of a panel.
        private func multiply(_ rows: Range<Int>, _ columns: Range<Int>) {
            let first = rows.lowerBound * product.columns + columns.lowerBound
            let weights = product.weights.place.advanced(by: columns.lowerBound * product.depth)
            var tap = 0
            withUnsafePointer(to: &tap) { taps in
                var call = ProductCall(
                    a: a + rows.lowerBound * product.depth, rowStride: product.depth, rowCount: rows.count, taps: taps,
                    tapCount: 1, tapDepth: product.depth, b: weights.elements, columnCount: columns.count,
                    c: c + first, resultStride: product.columns)
                call.multiply(with: weights)
                if let bias { call.bias = bias + columns.lowerBound }
                if let residual { call.residual = residual + first }
                if let limits = product.activation.limits { (call.low, call.high) = limits }
                product.hasLines ? DenseKernels.current.runLines(call) : DenseKernels.current.run(call)
            }
        }
    }
}
