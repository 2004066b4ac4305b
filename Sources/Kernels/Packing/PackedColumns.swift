import MicrokernelTypes

/// The layout of a matrix of `depth` rows as `ProductCall` wants its second operand.
///
/// The columns are cut into panels of `panelWidth`; the last panel has half of that width if it needs no more. A panel's rows
/// lie one after the other; columns that the matrix does not have are zeros.
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

    var panelCount: Int { (columnCount + panelWidth - 1) / panelWidth }

    /// Elements of the packed matrix; nil if there are too many to count.
    var elementCount: Int? {
        let half = panelWidth / 2
        let (columns, tooWide) = columnCount.addingReportingOverflow(half - 1)
        let (count, tooMany) = (columns / half * half).multipliedReportingOverflow(by: depth)
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
            let width = present <= panelWidth / 2 ? panelWidth / 2 : panelWidth
            for row in 0..<depth {
                let source = matrix + (row &* rowStride &+ column &* columnStride)
                for index in 0..<present { target[index] = source[index &* columnStride] }
                for index in present..<width { target[index] = 0 }
                target += width
            }
        }
    }
}
