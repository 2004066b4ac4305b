/// The functions of two `Float`s that have vector loops; each is what the op of this name computes.
public enum VectorCombination: UInt8, Sendable, CaseIterable {
    case add
    case subtract
    case multiply
    case divide
    /// Not a number if one of both is none; so is the minimum.
    case maximum
    case minimum
    case squaredDifference
}

/// `rows × columns` results of two operands, each of which goes on along a row or stays the same there. The result may be where
/// an operand is whose elements are read only once.
public struct CombinationCall {
    public var a: UnsafePointer<Float>
    public var b: UnsafePointer<Float>
    public var result: UnsafeMutablePointer<Float>
    public var rows = 1
    public var columns: Int
    /// Elements from one row to the next; those of the result follow each other.
    public var rowStrides = (a: 0, b: 0)
    /// True for an operand with one element for the whole row.
    public var repeats = (a: false, b: false)

    public init(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, columns: Int
    ) {
        self.a = a
        self.b = b
        self.result = result
        self.columns = columns
    }
}
