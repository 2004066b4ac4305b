/// Attention of one kind of processor: `softmax(scale * query · keysᵀ + mask) · values`.
public struct AttentionKernels: Sendable {
    /// Columns of a panel of packed keys or values.
    public let panelWidth: Int
    /// Query rows that are computed at a time.
    public let tileRows: Int
    /// Packs keys, each a row of `depth` elements, in panels of columns that a query is multiplied with. Columns that are
    /// missing in the last panel are zeros.
    public let packKeys:
        @Sendable (
            _ keys: UnsafePointer<Float>, _ rowStride: Int, _ count: Int, _ depth: Int,
            _ packed: UnsafeMutablePointer<Float>
        ) -> Void
    /// Packs values, each a row of `depth` elements, in panels of the elements that stand side by side.
    public let packValues:
        @Sendable (
            _ values: UnsafePointer<Float>, _ rowStride: Int, _ count: Int, _ depth: Int,
            _ packed: UnsafeMutablePointer<Float>
        ) -> Void
    public let run: @Sendable (borrowing AttentionCall) -> Void

    public init(
        panelWidth: Int, tileRows: Int,
        packKeys: @escaping @Sendable (UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>) -> Void,
        packValues: @escaping @Sendable (UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>) -> Void,
        run: @escaping @Sendable (borrowing AttentionCall) -> Void
    ) {
        self.panelWidth = panelWidth
        self.tileRows = tileRows
        self.packKeys = packKeys
        self.packValues = packValues
        self.run = run
    }
}

/// Some queries of one head and all of its keys and values. All counts are at least 1.
public struct AttentionCall {
    public var query: UnsafePointer<Float>
    /// Elements from one query to the next.
    public var queryStride: Int
    public var queryCount: Int
    public var depth: Int
    /// Points to a 0, for products of one piece per row.
    public var taps: UnsafePointer<Int>
    /// As `packKeys` writes them.
    public var keys: UnsafePointer<Float>
    public var keyCount: Int
    /// As `packValues` writes them.
    public var values: UnsafePointer<Float>
    public var valueDepth: Int
    public var scale: Float
    /// Added to the scaled scores: a row for each query, `maskStride` elements apart, of one element for each key.
    public var mask: UnsafePointer<Float>?
    public var maskStride = 0
    /// Memory for `queryCount` rows of as many elements as the panels of the keys have columns.
    public var scores: UnsafeMutablePointer<Float>
    public var target: UnsafeMutablePointer<Float>
    /// Elements from one row of the result to the next.
    public var targetStride: Int

    public init(
        query: UnsafePointer<Float>, queryStride: Int, queryCount: Int, depth: Int, taps: UnsafePointer<Int>,
        keys: UnsafePointer<Float>,
        keyCount: Int, values: UnsafePointer<Float>, valueDepth: Int, scale: Float,
        scores: UnsafeMutablePointer<Float>, target: UnsafeMutablePointer<Float>, targetStride: Int
    ) {
        self.query = query
        self.queryStride = queryStride
        self.queryCount = queryCount
        self.depth = depth
        self.taps = taps
        self.keys = keys
        self.keyCount = keyCount
        self.values = values
        self.valueDepth = valueDepth
        self.scale = scale
        self.scores = scores
        self.target = target
        self.targetStride = targetStride
    }
}
