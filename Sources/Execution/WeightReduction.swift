/// What one matrix of weights has lost because it is kept with fewer bits than the model has.
public struct WeightReduction: Sendable, Hashable {
    /// Of the memory; matrices that share it have the same.
    public let identity: ObjectIdentifier
    /// What the weights take.
    public let byteCount: Int
    /// What they would take as `Float`.
    public let fullByteCount: Int
    /// The largest difference of a weight, as a share of the largest weight of its output channel.
    public let largestError: Double
    /// The sum of the squares of all differences.
    public let errorSquares: Double
    /// The sum of the squares of all weights.
    public let weightSquares: Double

    public init(
        identity: ObjectIdentifier, byteCount: Int, fullByteCount: Int, largestError: Double, errorSquares: Double,
        weightSquares: Double
    ) {
        self.identity = identity
        self.byteCount = byteCount
        self.fullByteCount = fullByteCount
        self.largestError = largestError
        self.errorSquares = errorSquares
        self.weightSquares = weightSquares
    }
}

/// The same of all weights of a model.
public struct WeightReductionSummary: Sendable, Hashable {
    public private(set) var matrixCount = 0
    public private(set) var byteCount = 0
    public private(set) var fullByteCount = 0
    public private(set) var largestError = 0.0
    private var errorSquares = 0.0
    private var weightSquares = 0.0

    /// - Parameter reductions: those of the same memory count once.
    public init(_ reductions: some Sequence<WeightReduction>) {
        for reduction in Set(reductions) {
            matrixCount += 1
            byteCount += reduction.byteCount
            fullByteCount += reduction.fullByteCount
            largestError = max(largestError, reduction.largestError)
            errorSquares += reduction.errorSquares
            weightSquares += reduction.weightSquares
        }
    }

    /// The root of the mean square of the differences, as a share of that of the weights.
    public var relativeError: Double { weightSquares > 0 ? (errorSquares / weightSquares).squareRoot() : 0 }
}
