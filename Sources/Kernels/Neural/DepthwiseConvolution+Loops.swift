import Execution
import MicrokernelTypes
import ServingCore
import Tensors

extension DepthwiseGeometry {
    /// Computes the result for `Float` images with their channels last. `operands` have the filter in TensorFlow's layout, in
    /// which all outputs of a tap lie together.
    func run(_ operands: WindowLines.Operands, in context: borrowing KernelContext) throws(Status) {
        guard multiplier > 1 else { return lines(images: batch).run(operands, in: context) }
        // Every output channel gets an input channel of its own.
        let spread = try context.allocateTemporary(.float, .checked([height.input, width.input, outputChannels]))
        let image = spread.pointer(Float.self)
        let single = lines(images: 1)
        for index in 0..<batch {
            let source = operands.input + index * inputSize
            let (channels, multiplier) = (channels, multiplier)
            context.parallelFor(height.input * width.input, cost: Double(outputChannels) * 0.3) { pixels in
                for element in pixels.lowerBound &* channels..<pixels.upperBound &* channels {
                    (image + element &* multiplier).update(repeating: source[element], count: multiplier)
                }
            }
            var part = operands
            part.input = UnsafePointer(image)
            part.output += index * outputSize
            part.residual = part.residual.map { $0 + index * outputSize }
            single.run(part, in: context)
        }
    }

    /// The lines of `images` images, if there is one output channel for each input channel.
    func lines(images: Int) -> WindowLines {
        WindowLines(
            images: images, height: height, width: width, channels: outputChannels,
            line: WindowKernels.current.convolution)
    }

    /// Computes the result for elements of any type with their channels last, one place after the other.
    func runPlain<Scalar: BinaryFloatingPoint>(
        input: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) {
        let geometry = self
        let rowSize = width.output * outputChannels
        let window = Double(height.window) * Double(width.window)
        context.parallelFor(batch * height.output, cost: Double(rowSize) * window) { rows in
            for row in rows {
                let (image, y) = row.quotientAndRemainder(dividingBy: geometry.height.output)
                let pixels = input + image &* geometry.inputSize
                for x in 0..<geometry.width.output {
                    let place = output + (row &* rowSize &+ x &* geometry.outputChannels)
                    geometry.computePlace(x, y, image: pixels, filter: filter, output: place)
                }
            }
        }
    }

    @inline(__always)
    private func computePlace<Scalar: BinaryFloatingPoint>(
        _ x: Int, _ y: Int, image: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>,
        output: UnsafeMutablePointer<Scalar>
    ) {
        let (rows, columns) = (height.taps(at: y), width.taps(at: x))
        output.update(repeating: 0, count: outputChannels)
        for (row, tapY) in rows.taps.enumerated() {
            let sourceY = rows.first &+ row &* height.dilation
            for (column, tapX) in columns.taps.enumerated() {
                let sourceX = columns.first &+ column &* width.dilation
                let pixel = image + (sourceY &* width.input &+ sourceX) &* channels
                let weights = filter + (tapY &* width.window &+ tapX) &* outputChannels
                for channel in 0..<outputChannels { output[channel] += pixel[channel / multiplier] * weights[channel] }
            }
        }
    }
}
