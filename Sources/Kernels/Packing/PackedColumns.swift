import MicrokernelTypes

/// The layout of a matrix of `depth` rows as `ProductCall` wants its second operand.
///
/// The columns are cut into panels of `panelWidth`, in which the rows lie one after the other; columns of the last panel that the
/// matrix does not have are zeros.
struct PackedColumns: Equatable, Sendable {
    /// Rows of the matrix: the terms of each sum.
    let depth: Int
    let columnCount: Int
    let panelWidth: Int

    init(depth: Int, columnCount: Int, for kernels: ProductKernels = .current) {
        self.depth = depth
        self.columnCount = columnCount
        panelWidth = kernels.panelWidth
    }

    /// For `KernelConstruction.packed`.
    var name: String { "columns \(panelWidth) of \(depth) x \(columnCount)" }

    var panelCount: Int { (columnCount &- 1) / panelWidth &+ 1 }

    /// Elements of the packed matrix; nil if there are too many to count.
    var elementCount: Int? {
        let (columns, tooWide) = panelCount.multipliedReportingOverflow(by: panelWidth)
        let (count, tooMany) = columns.multipliedReportingOverflow(by: depth)
        return tooWide || tooMany ? nil : count
    }

    /// Where the panel that starts with column `column` begins.
    func offset(ofColumn column: Int) -> Int { column &* depth }

    /// Writes all `elementCount` elements of the packed form of `matrix`.
    /// - Parameters:
    ///   - rowStride: elements of `matrix` from one row to the next.
    ///   - columnStride: elements from one column to the next; with 1 as `rowStride` the matrix is transposed.
    func pack(
        _ matrix: UnsafePointer<Float>, rowStride: Int, columnStride: Int = 1, to packed: UnsafeMutablePointer<Float>
    ) {
        var target = packed
        for column in stride(from: 0, to: columnCount, by: panelWidth) {
            let present = min(panelWidth, columnCount - column)
            for row in 0..<depth {
                let source = matrix + (row &* rowStride &+ column &* columnStride)
                for index in 0..<present { target[index] = source[index &* columnStride] }
                for index in present..<panelWidth { target[index] = 0 }
                target += panelWidth
            }
        }
    }
}
