/// One line of what a window gives that moves over pixels whose channels lie together: a depthwise convolution or a pooling.
///
/// The rows under the window are those inside of the input only; along the line the loops find the pixels inside themselves.
/// Elements of the input, the filter, the result and the residual that belong to the same channel of neighbouring pixels or taps
/// lie `pixelStride` apart.
public struct WindowCall {
    /// The first pixel of the first row under the window.
    public var input: UnsafePointer<Float>
    /// Elements from one row under the window to the next.
    public var rowStride: Int
    /// Rows under the window; may be 0.
    public var rowCount: Int
    /// Pixels of a row.
    public var width: Int
    public var pixelStride: Int
    /// The channels to compute, at least 1.
    public var channels: Int
    /// Taps of the window along the line, the pixels from one to the next, those from one place of the window to the next, and
    /// those of padding before the first pixel.
    public var window: Int
    public var dilation: Int
    public var stride: Int
    public var before: Int
    /// Pixels of the result.
    public var outputWidth: Int
    public var output: UnsafeMutablePointer<Float>
    /// The taps of the first row under the window, those of further rows behind them; only convolutions have them.
    public var filter: UnsafePointer<Float>?
    /// One for each channel.
    public var bias: UnsafePointer<Float>?
    /// Laid out as the result; must not share memory with it.
    public var residual: UnsafePointer<Float>?
    /// Results of convolutions are limited to `low...high`.
    public var low = -Float.infinity
    public var high = Float.infinity

    public init(
        input: UnsafePointer<Float>, rowStride: Int, rowCount: Int, width: Int, pixelStride: Int, channels: Int,
        window: Int, dilation: Int, stride: Int, before: Int, outputWidth: Int, output: UnsafeMutablePointer<Float>
    ) {
        self.input = input
        self.rowStride = rowStride
        self.rowCount = rowCount
        self.width = width
        self.pixelStride = pixelStride
        self.channels = channels
        self.window = window
        self.dilation = dilation
        self.stride = stride
        self.before = before
        self.outputWidth = outputWidth
        self.output = output
    }
}

/// The windows over pixels of one kind of processor.
public struct WindowKernels: Sendable {
    /// Sums of products with the filter, and bias, residual and limits.
    public let convolution: @Sendable (borrowing WindowCall) -> Void
    /// The greatest elements, at least the lowest finite number; one that is not a number wins over those before it.
    public let maximum: @Sendable (borrowing WindowCall) -> Void
    /// The means of the elements inside of the input, 0 if there are none.
    public let mean: @Sendable (borrowing WindowCall) -> Void

    public init(
        convolution: @escaping @Sendable (borrowing WindowCall) -> Void,
        maximum: @escaping @Sendable (borrowing WindowCall) -> Void,
        mean: @escaping @Sendable (borrowing WindowCall) -> Void
    ) {
        self.convolution = convolution
        self.maximum = maximum
        self.mean = mean
    }
}
