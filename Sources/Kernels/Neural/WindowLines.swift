import Execution
import MicrokernelTypes
import Tensors

/// A depthwise convolution or pooling of images with their channels last, line by line.
struct WindowLines: Sendable {
    typealias Line = @Sendable (borrowing WindowCall) -> Void

    /// Channels that are computed together: the pixels under the window stay in the first cache from one line to the next.
    private static let channelBlock = 128

    let images: Int
    let height: WindowAxis
    let width: WindowAxis
    let channels: Int
    /// One of the loops of `WindowKernels`.
    let line: Line

    /// Pointers to the elements of all images.
    struct Operands {
        var input: UnsafePointer<Float>
        var output: UnsafeMutablePointer<Float>
        /// Only convolutions have one: an element for each channel of each tap.
        var filter: UnsafePointer<Float>?
        var bias: UnsafePointer<Float>?
        var residual: UnsafePointer<Float>?
        var activation = Activation.linear

        init(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
            self.input = input
            self.output = output
        }
    }

    /// Computes all of the result, which must not be empty.
    func run(_ operands: Operands, in context: borrowing KernelContext) {
        let blocks = (channels - 1) / WindowLines.channelBlock + 1
        let elements = Double(width.output) * Double(min(channels, WindowLines.channelBlock))
        let taps = Double(height.window) * Double(width.window)
        let lines = self
        context.parallelFor(images * blocks * height.output, cost: elements * (0.1 + taps * 0.03)) { range in
            for index in range {
                let (rest, y) = index.quotientAndRemainder(dividingBy: lines.height.output)
                let (image, block) = rest.quotientAndRemainder(dividingBy: blocks)
                lines.compute(operands, image, y, from: block &* WindowLines.channelBlock)
            }
        }
    }

    /// Computes one line of one image in the channels of the block that begins with `channel`.
    private func compute(_ operands: Operands, _ image: Int, _ y: Int, from channel: Int) {
        let first = image &* height.input
        compute(operands, line: y, to: image &* height.output &+ y, firstRow: first, from: channel)
    }

    /// Computes lines of an image of which only some rows are at hand, on the calling thread.
    /// - Parameters:
    ///   - firstRow: where the image's row 0 stands, or would stand, seen from `operands.input`, in rows.
    ///   - operands: those for the results begin with the first of `lines`.
    func compute(_ operands: Operands, lines: Range<Int>, firstRow: Int) {
        for channel in stride(from: 0, to: channels, by: WindowLines.channelBlock) {
            for y in lines {
                compute(operands, line: y, to: y &- lines.lowerBound, firstRow: firstRow, from: channel)
            }
        }
    }

    private func compute(_ operands: Operands, line y: Int, to target: Int, firstRow: Int, from channel: Int) {
        let (taps, first) = height.taps(at: y)
        let row = taps.isEmpty ? 0 : firstRow &+ first
        let offset = target &* width.output &* channels &+ channel
        var call = WindowCall(
            input: operands.input + (row &* width.input &* channels &+ channel),
            rowStride: height.dilation &* width.input &* channels, rowCount: taps.count, width: width.input,
            pixelStride: channels, channels: min(WindowLines.channelBlock, channels &- channel), window: width.window,
            dilation: width.dilation, stride: width.stride, before: width.before, outputWidth: width.output,
            output: operands.output + offset)
        if let filter = operands.filter {
            call.filter = filter + (taps.lowerBound &* width.window &* channels &+ channel)
            call.bias = operands.bias.map { $0 + channel }
            call.residual = operands.residual.map { $0 + offset }
            if let limits = operands.activation.limits { (call.low, call.high) = limits }
        }
        line(call)
        if operands.activation.limits == nil { activate(operands.activation, call) }
    }

    private func activate(_ activation: Activation, _ call: borrowing WindowCall) {
        let vectors = VectorKernels.current
        if call.channels == channels { return vectors.activate(activation, call.output, width.output &* channels) }
        for x in 0..<width.output { vectors.activate(activation, call.output + x &* channels, call.channels) }
    }
}
