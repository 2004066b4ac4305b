/// Rows that are brought to mean 0 and variance 1, of one kind of processor.
public struct LayerNormalizationKernels: Sendable {
    /// Computes `(x - mean) / sqrt(variance + epsilon) * scale + offset` for each row.
    public let run: @Sendable (borrowing LayerNormalizationCall) -> Void

    public init(run: @escaping @Sendable (borrowing LayerNormalizationCall) -> Void) { self.run = run }
}

/// Rows of `columnCount` elements that follow each other, at least one element each.
public struct LayerNormalizationCall {
    public var source: UnsafePointer<Float>
    /// May be `source` itself.
    public var target: UnsafeMutablePointer<Float>
    public var rowCount: Int
    public var columnCount: Int
    public var epsilon: Float
    /// One for each column; 1 without.
    public var scale: UnsafePointer<Float>?
    /// One for each column; 0 without.
    public var offset: UnsafePointer<Float>?
    /// False if rows are divided by their root mean square instead, and keep their mean.
    public var isCentered = true

    public init(
        source: UnsafePointer<Float>, target: UnsafeMutablePointer<Float>, rowCount: Int, columnCount: Int,
        epsilon: Float
    ) {
        self.source = source
        self.target = target
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.epsilon = epsilon
    }
}
