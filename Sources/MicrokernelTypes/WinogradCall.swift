/// Sizes of a convolution with windows of 3 × 3 by Winograd's minimal filtering.
///
/// A tile of `outputs` × `outputs` results comes from `points` × `points` elements of the input: both are transformed so that the
/// convolution becomes one product of channels for each of `points` × `points` points.
public enum WinogradTile: Int, Sendable, CaseIterable, Hashable {
    case two = 2
    case four = 4

    public var outputs: Int { rawValue }
    public var points: Int { rawValue + 2 }
}

/// The transformation of the elements of the input that one tile needs.
public struct WinogradInputCall {
    /// The first element; `points` lines of `points` pixels are read.
    public var input: UnsafePointer<Float>
    public var lineStride: Int
    public var pixelStride: Int
    /// At least as many as a vector has.
    public var channels: Int
    /// The channels of the first point.
    public var result: UnsafeMutablePointer<Float>
    /// Elements from the channels of one point to those of the next.
    public var pointStride: Int

    public init(
        input: UnsafePointer<Float>, lineStride: Int, pixelStride: Int, channels: Int,
        result: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        self.input = input
        self.lineStride = lineStride
        self.pixelStride = pixelStride
        self.channels = channels
        self.result = result
        self.pointStride = pointStride
    }
}

/// The transformation of the sums at all points to the results of one tile, and what is done to these before they are stored.
public struct WinogradOutputCall {
    /// The sums of the first point.
    public var sums: UnsafePointer<Float>
    /// Elements from the sums of one point to those of the next.
    public var pointStride: Int
    /// A multiple of the elements of a vector.
    public var channels: Int
    public var result: UnsafeMutablePointer<Float>
    /// For the result and the residual.
    public var lineStride: Int
    public var pixelStride: Int
    /// How much of the tile lies in the result: at least 1, at most `outputs`.
    public var lines: Int
    public var pixels: Int
    /// May be the result itself.
    public var residual: UnsafePointer<Float>?
    public var bias: UnsafePointer<Float>?
    /// Results are limited to `low...high`.
    public var low = -Float.infinity
    public var high = Float.infinity

    public init(
        sums: UnsafePointer<Float>, pointStride: Int, channels: Int, result: UnsafeMutablePointer<Float>,
        lineStride: Int, pixelStride: Int, lines: Int, pixels: Int
    ) {
        self.sums = sums
        self.pointStride = pointStride
        self.channels = channels
        self.result = result
        self.lineStride = lineStride
        self.pixelStride = pixelStride
        self.lines = lines
        self.pixels = pixels
    }
}

/// The transformations of one kind of processor.
public struct WinogradKernels: Sendable {
    /// Elements of a vector.
    public let vectorWidth: Int
    /// Returns the sum of the squares of the elements, of some of them twice: what is too large for sums of transformed elements,
    /// infinite or not a number makes it large, infinite or not a number.
    public let transformInput: @Sendable (WinogradTile, borrowing WinogradInputCall) -> Float
    public let transformOutput: @Sendable (WinogradTile, borrowing WinogradOutputCall) -> Void

    public init(
        vectorWidth: Int, transformInput: @escaping @Sendable (WinogradTile, borrowing WinogradInputCall) -> Float,
        transformOutput: @escaping @Sendable (WinogradTile, borrowing WinogradOutputCall) -> Void
    ) {
        self.vectorWidth = vectorWidth
        self.transformInput = transformInput
        self.transformOutput = transformOutput
    }
}
