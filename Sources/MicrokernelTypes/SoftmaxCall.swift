/// `softmax(scale · x + mask)` of each of several rows, or its logarithm.
///
/// Rows lie one after the other, in `x` as in the result, which may be the same memory.
public struct SoftmaxCall {
    public var x: UnsafePointer<Float>
    public var result: UnsafeMutablePointer<Float>
    public var rows: Int
    public var columns: Int
    public var scale: Float = 1
    /// Added after the scale; nil for nothing.
    public var mask: UnsafePointer<Float>?
    /// Elements from the mask of one row to that of the next; 0 if all have the same.
    public var maskStride = 0
    public var isLogarithm = false

    public init(_ x: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        self.x = x
        self.result = result
        self.rows = rows
        self.columns = columns
    }
}
