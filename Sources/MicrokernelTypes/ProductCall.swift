/// A product of many rows with packed columns, `c = f(a · b + bias + residual)`, and convolutions seen as such products.
///
/// Row `r` of `a` consists of `tapCount` pieces of `tapDepth` elements each, piece `t` at `a + r * rowStride + taps[t]`. A plain
/// matrix has one piece. For a convolution, the rows are the positions of one line of the result, and the pieces are the lines
/// of the filter, whose elements lie together in the input.
public struct ProductCall {
    public var a: UnsafePointer<Float>
    /// Elements from one row of `a` to the next.
    public var rowStride: Int
    public var rowCount: Int
    public var taps: UnsafePointer<Int>
    public var tapCount: Int
    public var tapDepth: Int
    /// Panels as `ProductPacking` lays them out.
    public var b: UnsafePointer<Float>
    /// The columns of the result, all panels together.
    public var columnCount: Int
    public var c: UnsafeMutablePointer<Float>
    /// Elements from one row of `c`, and of the residual, to the next.
    public var resultStride: Int
    public var residual: UnsafePointer<Float>?
    /// One for each column.
    public var bias: UnsafePointer<Float>?
    /// Results are limited to `low...high`.
    public var low = -Float.infinity
    public var high = Float.infinity

    public init(
        a: UnsafePointer<Float>, rowStride: Int, rowCount: Int, taps: UnsafePointer<Int>, tapCount: Int, tapDepth: Int,
        b: UnsafePointer<Float>, columnCount: Int, c: UnsafeMutablePointer<Float>, resultStride: Int
    ) {
        self.a = a
        self.rowStride = rowStride
        self.rowCount = rowCount
        self.taps = taps
        self.tapCount = tapCount
        self.tapDepth = tapDepth
        self.b = b
        self.columnCount = columnCount
        self.c = c
        self.resultStride = resultStride
    }
}

/// The products of packed columns of one kind of processor.
public struct ProductKernels: Sendable {
    /// Columns of a panel of packed columns.
    public let panelWidth: Int
    /// Rows that are computed at a time; a multiple of them loses nothing.
    public let tileRows: Int
    public let run: @Sendable (borrowing ProductCall) -> Void

    public init(panelWidth: Int, tileRows: Int, run: @escaping @Sendable (borrowing ProductCall) -> Void) {
        self.panelWidth = panelWidth
        self.tileRows = tileRows
        self.run = run
    }
}
