import Execution
import ServingCore
import Tensors

/// The loops of a depthwise convolution: sixteen channels of one output place at a time, kept in registers.
struct DepthwiseConvolution<Scalar: MatrixScalar & BinaryFloatingPoint & SIMDScalar> {
    let geometry: DepthwiseGeometry

    /// Computes all of `output`; inputs and outputs have their channels last.
    func run(
        input: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) {
        let geometry = geometry
        let rowSize = geometry.width.output * geometry.outputChannels
        let window = geometry.height.window * geometry.width.window
        context.parallelFor(
            geometry.batch * geometry.height.output, cost: Double(rowSize) * Double(window) * 0.2
        ) { rows in
            for row in rows {
                let (image, y) = row.quotientAndRemainder(dividingBy: geometry.height.output)
                computeRow(
                    y, image: input + image &* geometry.inputSize, filter: filter, output: output + row &* rowSize)
            }
        }
    }

    /// As `run` for `NCHW`: each image is turned to have its channels last and back.
    func runChannelsFirst(
        input: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) throws(Status) {
        var single = geometry
        single.batch = 1
        let turned = try context.allocateTemporary(Scalar.dataType, [geometry.inputSize])
        let partial = try context.allocateTemporary(Scalar.dataType, [geometry.outputSize])
        let image = turned.pointer(Scalar.self)
        let result = partial.pointer(Scalar.self)
        for index in 0..<geometry.batch {
            transpose(
                input + index * geometry.inputSize, rows: geometry.channels,
                columns: geometry.height.input * geometry.width.input, to: image)
            DepthwiseConvolution(geometry: single).run(input: image, filter: filter, output: result, in: context)
            transpose(
                result, rows: geometry.height.output * geometry.width.output, columns: geometry.outputChannels,
                to: output + index * geometry.outputSize)
        }
        context.release(turned)
        context.release(partial)
    }

    private func computeRow(
        _ y: Int, image: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>
    ) {
        for x in 0..<geometry.width.output {
            let place = output + x &* geometry.outputChannels
            guard geometry.multiplier == 1 else {
                computeMultiplied(x, y, image: image, filter: filter, output: place)
                continue
            }
            var channel = 0
            while channel &+ 16 <= geometry.channels {
                computeBlock(SIMD16<Scalar>.self, channel, x, y, image: image, filter: filter, output: place)
                channel &+= 16
            }
            while channel &+ 4 <= geometry.channels {
                computeBlock(SIMD4<Scalar>.self, channel, x, y, image: image, filter: filter, output: place)
                channel &+= 4
            }
            while channel < geometry.channels {
                computeSingle(channel, x, y, image: image, filter: filter, output: place)
                channel &+= 1
            }
        }
    }

    /// The output at (x, y) for the channels that a vector holds, from `channel` on.
    @inline(__always)
    private func computeBlock<Vector: SIMD>(
        _: Vector.Type, _ channel: Int, _ x: Int, _ y: Int, image: UnsafePointer<Scalar>,
        filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>
    ) where Vector.Scalar == Scalar {
        var sum = Vector(repeating: 0)
        forEachTap(x, y) { pixel, tap in
            let values = UnsafeRawPointer(image + (pixel &+ channel)).loadUnaligned(as: Vector.self)
            let weights = UnsafeRawPointer(filter + (tap &+ channel)).loadUnaligned(as: Vector.self)
            sum += values * weights
        }
        UnsafeMutableRawPointer(output + channel).storeBytes(of: sum, as: Vector.self)
    }

    @inline(__always)
    private func computeSingle(
        _ channel: Int, _ x: Int, _ y: Int, image: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>,
        output: UnsafeMutablePointer<Scalar>
    ) {
        var sum = Scalar(0)
        forEachTap(x, y) { pixel, tap in sum += image[pixel &+ channel] * filter[tap &+ channel] }
        output[channel] = sum
    }

    private func computeMultiplied(
        _ x: Int, _ y: Int, image: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>,
        output: UnsafeMutablePointer<Scalar>
    ) {
        let multiplier = geometry.multiplier
        output.update(repeating: 0, count: geometry.outputChannels)
        forEachTap(x, y) { pixel, tap in
            for channel in 0..<geometry.channels {
                let value = image[pixel &+ channel]
                let weights = filter + (tap &+ channel) &* multiplier
                let sums = output + channel &* multiplier
                for index in 0..<multiplier { sums[index] += value * weights[index] }
            }
        }
    }

    /// Calls `body` with the offsets of the pixel and of the filter's channels for each tap inside the image.
    @inline(__always)
    private func forEachTap(_ x: Int, _ y: Int, _ body: (_ pixel: Int, _ tap: Int) -> Void) {
        let (height, width) = (geometry.height, geometry.width)
        for windowY in 0..<height.window {
            let sourceY = y &* height.stride &- height.before &+ windowY &* height.dilation
            guard sourceY >= 0, sourceY < height.input else { continue }
            for windowX in 0..<width.window {
                let sourceX = x &* width.stride &- width.before &+ windowX &* width.dilation
                guard sourceX >= 0, sourceX < width.input else { continue }
                body(
                    (sourceY &* width.input &+ sourceX) &* geometry.channels,
                    (windowY &* width.window &+ windowX) &* geometry.channels)
            }
        }
    }
}
