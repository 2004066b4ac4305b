import Execution
import ServingCore
import Tensors

/// The gradient of a convolution by its input. `geometry` is that of the convolution: its input is the result here.
struct TransposedConvolution<Scalar: MatrixScalar & Summable> {
    let geometry: ConvolutionGeometry
    let isChannelsFirst: Bool

    /// Computes all of `output`, image by image.
    func run(
        gradient: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) throws(Status) {
        let (places, terms) = (geometry.outputPlaces, geometry.terms)
        let gradientSize = places * geometry.outputChannels
        let outputSize = geometry.inputPlaces * geometry.inputChannels
        let scratch = try context.allocateTemporary(Scalar.dataType, [geometry.groups, places, terms])
        let patches = scratch.pointer(Scalar.self)
        guard isChannelsFirst else {
            for image in 0..<geometry.batch {
                try spread(gradient + image * gradientSize, filter, patches, in: context)
                collect(patches, output + image * outputSize, in: context)
            }
            return
        }
        let turnedGradient = try context.allocateTemporary(Scalar.dataType, [gradientSize])
        let turnedOutput = try context.allocateTemporary(Scalar.dataType, [outputSize])
        let (source, target) = (turnedGradient.pointer(Scalar.self), turnedOutput.pointer(Scalar.self))
        for image in 0..<geometry.batch {
            transpose(gradient + image * gradientSize, rows: geometry.outputChannels, columns: places, to: source)
            try spread(source, filter, patches, in: context)
            collect(patches, target, in: context)
            transpose(
                target, rows: geometry.inputPlaces, columns: geometry.inputChannels, to: output + image * outputSize)
        }
    }

    /// Multiplies every place of one image by the filter: a patch for each place, group by group.
    private func spread(
        _ gradient: UnsafePointer<Scalar>, _ filter: UnsafePointer<Scalar>, _ patches: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) throws(Status) {
        for group in 0..<geometry.groups {
            var product = MatrixProduct(
                m: geometry.outputPlaces, n: geometry.terms, k: geometry.groupOutputs,
                a: gradient + group * geometry.groupOutputs, b: filter + group * geometry.groupOutputs, .transposed,
                c: patches + group * geometry.outputPlaces * geometry.terms)
            product.aStride = geometry.outputChannels
            product.bStride = geometry.outputChannels
            try product.checkSizes()
            product.run(in: context)
        }
    }

    /// Adds up the patches of one image where they lie over each other; each row of the image by one thread.
    private func collect(
        _ patches: UnsafePointer<Scalar>, _ image: UnsafeMutablePointer<Scalar>, in context: borrowing KernelContext
    ) {
        let rowSize = geometry.width.input * geometry.inputChannels
        let shape = self
        let taps = Double(geometry.terms) * Double(geometry.outputPlaces) * Double(geometry.groups)
        let rows = geometry.depth.input * geometry.height.input
        context.parallelFor(rows, cost: 0.5 * (taps / Double(max(rows, 1)) + Double(rowSize))) { range in
            for row in range { shape.collectRow(row, patches, image + row &* rowSize) }
        }
    }

    private func collectRow(_ row: Int, _ patches: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>) {
        let (depth, height, width) = (geometry.depth, geometry.height, geometry.width)
        let (z, y) = row.quotientAndRemainder(dividingBy: height.input)
        target.update(repeating: Scalar.zero, count: width.input &* geometry.inputChannels)
        for windowZ in 0..<depth.window {
            guard let placeZ = place(z, windowZ, depth) else { continue }
            for windowY in 0..<height.window {
                guard let placeY = place(y, windowY, height) else { continue }
                let line = (placeZ &* height.output &+ placeY) &* width.output
                let tap = (windowZ &* height.window &+ windowY) &* width.window
                for group in 0..<geometry.groups {
                    let start = patches + (group &* geometry.outputPlaces &+ line) &* geometry.terms
                    addLine(start + tap &* geometry.groupInputs, target + group &* geometry.groupInputs)
                }
            }
        }
    }

    /// The place whose window has its element `window` at `position`, if there is one.
    @inline(__always)
    private func place(_ position: Int, _ window: Int, _ axis: WindowAxis) -> Int? {
        let start = position &+ axis.before &- window &* axis.dilation
        guard start >= 0, start % axis.stride == 0 else { return nil }
        let place = start / axis.stride
        return place < axis.output ? place : nil
    }

    /// Adds one line of the windows of all places along the width.
    @inline(__always)
    private func addLine(_ patches: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>) {
        let width = geometry.width
        let channels = geometry.groupInputs
        for x in 0..<width.output {
            let patch = patches + x &* geometry.terms
            for window in 0..<width.window {
                let position = x &* width.stride &- width.before &+ window &* width.dilation
                guard position >= 0, position < width.input else { continue }
                let (source, pixel) = (patch + window &* channels, target + position &* geometry.inputChannels)
                for channel in 0..<channels { pixel[channel] = pixel[channel].plus(source[channel]) }
            }
        }
    }
}
