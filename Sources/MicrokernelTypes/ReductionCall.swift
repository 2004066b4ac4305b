/// Results that are each made from `count` elements: neighbouring elements of one row, or elements below each other.
public struct ReductionCall {
    public var source: UnsafePointer<Float>
    /// The elements that make one result, at least 1.
    public var count: Int
    /// Elements from one of them to the next: 1 for rows.
    public var stride: Int
    public var result: UnsafeMutablePointer<Float>
    public var resultCount: Int
    /// Elements from the first element of one result to that of the next: 1 for columns, of which there must be
    /// `ReductionKernels.columns` or more.
    public var resultStride: Int
    /// Results are divided by this.
    public var divisor: Float

    public init(
        source: UnsafePointer<Float>, count: Int, stride: Int, result: UnsafeMutablePointer<Float>, resultCount: Int,
        resultStride: Int, divisor: Float
    ) {
        self.source = source
        self.count = count
        self.stride = stride
        self.result = result
        self.resultCount = resultCount
        self.resultStride = resultStride
        self.divisor = divisor
    }
}

/// The reductions of one kind of processor.
public struct ReductionKernels: Sendable {
    /// The fewest columns that the loops take.
    public static let columns = 16

    /// Rounding errors grow with the logarithm of the count rather than with the count.
    public let sum: @Sendable (borrowing ReductionCall) -> Void
    /// Not a number if an element is none.
    public let maximum: @Sendable (borrowing ReductionCall) -> Void
    /// Not a number if an element is none.
    public let minimum: @Sendable (borrowing ReductionCall) -> Void

    public init(
        sum: @escaping @Sendable (borrowing ReductionCall) -> Void,
        maximum: @escaping @Sendable (borrowing ReductionCall) -> Void,
        minimum: @escaping @Sendable (borrowing ReductionCall) -> Void
    ) {
        self.sum = sum
        self.maximum = maximum
        self.minimum = minimum
    }
}
