/// A matrix that is transposed: element `column` of row `row` of the target is element `row` of row `column` of the source.
public struct TransposeCall {
    public var source: UnsafePointer<UInt32>
    /// Elements from one row of the source to the next.
    public var sourceStride: Int
    public var target: UnsafeMutablePointer<UInt32>
    /// Elements from one row of the target to the next.
    public var targetStride: Int
    /// Rows and columns of the target.
    public var rows: Int
    public var columns: Int

    public init(
        source: UnsafePointer<UInt32>, sourceStride: Int, target: UnsafeMutablePointer<UInt32>, targetStride: Int,
        rows: Int, columns: Int
    ) {
        self.source = source
        self.sourceStride = sourceStride
        self.target = target
        self.targetStride = targetStride
        self.rows = rows
        self.columns = columns
    }
}

/// Rows of pixels whose channels get `(x - mean) * scale + shift`, limited to `low...high`.
public struct ScaleShiftCall {
    public var source: UnsafePointer<Float>
    /// May be the source.
    public var result: UnsafeMutablePointer<Float>
    public var rows: Int
    public var channels: Int
    /// One for each channel; nil stands for zeros.
    public var mean: UnsafePointer<Float>?
    public var scale: UnsafePointer<Float>
    public var shift: UnsafePointer<Float>
    public var low = -Float.infinity
    public var high = Float.infinity

    public init(
        source: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
        mean: UnsafePointer<Float>?, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>
    ) {
        self.source = source
        self.result = result
        self.rows = rows
        self.channels = channels
        self.mean = mean
        self.scale = scale
        self.shift = shift
    }
}

/// Loops over pixels and their channels of one kind of processor.
public struct LayoutKernels: Sendable {
    /// Elements of four bytes of any type.
    public let transpose: @Sendable (borrowing TransposeCall) -> Void
    public let scaleShift: @Sendable (borrowing ScaleShiftCall) -> Void

    public init(
        transpose: @escaping @Sendable (borrowing TransposeCall) -> Void,
        scaleShift: @escaping @Sendable (borrowing ScaleShiftCall) -> Void
    ) {
        self.transpose = transpose
        self.scaleShift = scaleShift
    }
}
