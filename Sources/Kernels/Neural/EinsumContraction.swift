import Execution
import ServingCore
import Tensors

/// Two operands of `Einsum` as a batch of matrix products: rows are what only the first has, columns what only the
/// second has, the sums run over what the output has not, and what all three have is the batch.
struct EinsumContraction<Scalar: MatrixScalar & Summable> {
    private typealias Label = EinsumEquation.Label
    private let left: EinsumOperand
    private let right: EinsumOperand
    private let target: EinsumOperand
    private let batch: [Label]
    private let rows: [Label]
    private let columns: [Label]
    private let terms: [Label]

    init(_ left: EinsumOperand, _ right: EinsumOperand, _ target: EinsumOperand) {
        self.left = left
        self.right = right
        self.target = target
        let kept = target.axes.map { $0.label }
        batch = kept.filter { left.axis($0) != nil && right.axis($0) != nil }
        rows = kept.filter { left.axis($0) != nil && right.axis($0) == nil }
        columns = kept.filter { left.axis($0) == nil && right.axis($0) != nil }
        terms = left.axes.map { $0.label }.filter { right.axis($0) != nil && target.axis($0) == nil }
    }

    /// Computes all elements that the output's labels reach.
    func run(
        _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, _ c: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) throws(Status) {
        let first = try EinsumMatrix(left, a, batch: batch, rows: rows, columns: terms, in: context)
        let second = try EinsumMatrix(right, b, batch: batch, rows: terms, columns: columns, in: context)
        let resultLayout = EinsumMatrix<Scalar>.layout(target, rows: rows, columns: columns)
        var packed: Tensor?
        var result = c
        if resultLayout?.transposition != MatrixTransposition.none {
            packed = try context.allocateTemporary(Scalar.dataType, [target.elementCount])
            result = packed?.pointer(Scalar.self) ?? c
        }
        var product = MatrixProduct(
            m: first.rows, n: second.columns, k: first.columns, a: first.elements, first.transposition,
            b: second.elements, second.transposition, c: result)
        product.aStride = first.stride
        product.bStride = second.stride
        let dense = EinsumOperand(dense: target.axes(batch + rows + columns))
        let destination = packed == nil ? target : dense
        if packed == nil, let resultLayout { product.cStride = resultLayout.stride }
        try product.checkSizes()
        product.run(batch: first.batch, second.batch, batchLayout(destination), in: context)
        guard packed != nil else { return }
        let axes = dense.axes(target.axes.map { $0.label })
        EinsumGather<Scalar>(kept: axes, summed: []).run(result, to: c, steps: target.axes.map { $0.stride })
    }

    private func batchLayout(_ operand: EinsumOperand) -> BatchLayout {
        let axes = operand.axes(batch)
        return BatchLayout(sizes: axes.map { $0.size }, strides: axes.map { $0.stride })
    }
}

/// One operand as a batch of matrices: in place if its strides allow that, otherwise packed.
private struct EinsumMatrix<Scalar: MatrixScalar & Summable> {
    typealias Label = EinsumEquation.Label
    let elements: UnsafePointer<Scalar>
    let rows: Int
    let columns: Int
    let stride: Int
    let transposition: MatrixTransposition
    let batch: BatchLayout

    /// Axes of `operand` that are not named are summed up.
    init(
        _ operand: EinsumOperand, _ source: UnsafePointer<Scalar>, batch: [Label], rows: [Label], columns: [Label],
        in context: borrowing KernelContext
    ) throws(Status) {
        var operand = operand
        var elements = source
        let named = batch + rows + columns
        let summed = operand.axes.filter { !named.contains($0.label) }
        if !summed.isEmpty || EinsumMatrix.layout(operand, rows: rows, columns: columns) == nil {
            let kept = operand.axes(named)
            let packed = EinsumOperand(dense: kept)
            let copy = try context.allocateTemporary(Scalar.dataType, [packed.elementCount])
            EinsumGather<Scalar>(kept: kept, summed: summed).run(
                source, to: copy.pointer(Scalar.self), steps: packed.axes.map { $0.stride })
            elements = UnsafePointer(copy.pointer(Scalar.self))
            operand = packed
        }
        guard let layout = EinsumMatrix.layout(operand, rows: rows, columns: columns) else {
            throw .internalError("a packed operand of Einsum is not a matrix")
        }
        self.elements = elements
        self.rows = operand.axes(rows).reduce(1) { $0 * $1.size }
        self.columns = operand.axes(columns).reduce(1) { $0 * $1.size }
        stride = layout.stride
        transposition = layout.transposition
        let axes = operand.axes(batch)
        self.batch = BatchLayout(sizes: axes.map { $0.size }, strides: axes.map { $0.stride })
    }

    /// How `operand` can be read as a row-major matrix, or as the transposed of one; nil if it can't.
    static func layout(
        _ operand: EinsumOperand, rows: [Label], columns: [Label]
    ) -> (stride: Int, transposition: MatrixTransposition)? {
        guard let row = operand.merged(rows), let column = operand.merged(columns) else { return nil }
        if column.size == 1 || column.stride == 1 {
            if row.size == 1 { return (column.size, .none) }
            if row.stride >= column.size { return (row.stride, .none) }
        }
        if row.size == 1 || row.stride == 1 {
            if column.size == 1 { return (row.size, .transposed) }
            if column.stride >= row.size { return (column.stride, .transposed) }
        }
        return nil
    }
}
