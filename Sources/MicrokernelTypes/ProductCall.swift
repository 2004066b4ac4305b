/// A product of many rows with packed columns, `c = f(a · b + bias + residual)`, and convolutions seen as such products.
///
/// Row `r` of `a` consists of `tapCount` pieces of `tapDepth` elements each, piece `t` at `a + taps[t]` and then
/// `rowOffsets[r]` or, without such a table, `r * rowStride` elements further. A plain matrix has one piece. For a convolution,
/// the rows are places of the result, and the pieces are what lies together in the input of the elements under the filter.
public struct ProductCall {
    public var a: UnsafePointer<Float>
    /// Elements from one row of `a` to the next, where there are no `rowOffsets`.
    public var rowStride: Int
    /// Elements from `a` to each row.
    public var rowOffsets: UnsafePointer<Int>?
    /// May be 0.
    public var rowCount: Int
    public var taps: UnsafePointer<Int>
    /// At least 1, like `tapDepth`.
    public var tapCount: Int
    public var tapDepth: Int
    /// Panels as `PackedColumns` lays them out, of elements of `precision`.
    public var b: UnsafeRawPointer
    public var precision = WeightPrecision.float
    /// For `int8Weights` only: a factor for each column, with those that fill up the last panel.
    public var scales: UnsafePointer<Float>?
    /// The panel that is multiplied after this call, if the caller knows; nil for the one that lies behind. Only fetched, never
    /// used.
    public var following: UnsafeRawPointer?
    /// The columns of the result, all panels together.
    public var columnCount: Int
    public var c: UnsafeMutablePointer<Float>
    /// Elements from one row of `c`, and of the residual, to the next.
    public var resultStride: Int
    /// Added to the result; it may be `c` itself, but must not overlap it in any other way.
    public var residual: UnsafePointer<Float>?
    /// One for each column.
    public var bias: UnsafePointer<Float>?
    /// Results are limited to `low...high`.
    public var low = -Float.infinity
    public var high = Float.infinity

    public init(
        a: UnsafePointer<Float>, rowStride: Int, rowCount: Int, taps: UnsafePointer<Int>, tapCount: Int, tapDepth: Int,
        b: UnsafeRawPointer, columnCount: Int, c: UnsafeMutablePointer<Float>, resultStride: Int
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
    /// The most rows that are computed at a time.
    public let tileRows: Int
    public let run: @Sendable (borrowing ProductCall) -> Void

    public init(panelWidth: Int, tileRows: Int, run: @escaping @Sendable (borrowing ProductCall) -> Void) {
        self.panelWidth = panelWidth
        self.tileRows = tileRows
        self.run = run
    }
}
