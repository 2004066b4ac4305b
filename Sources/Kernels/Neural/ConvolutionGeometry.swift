import ServingCore
import Tensors

/// The sizes of one convolution: images of three spatial dimensions (the first is 1 for pictures), channels, groups.
struct ConvolutionGeometry {
    var batch: Int
    var depth: WindowAxis
    var height: WindowAxis
    var width: WindowAxis
    var inputChannels: Int
    var outputChannels: Int
    /// Independent convolutions, each from its share of the input channels to its share of the output channels.
    var groups: Int

    var groupInputs: Int { inputChannels / groups }
    var groupOutputs: Int { outputChannels / groups }
    /// Elements of the window times input channels of a group: the terms of each output element's sum.
    var terms: Int { depth.window * height.window * width.window * groupInputs }
    var inputPlaces: Int { depth.input * height.input * width.input }
    var outputPlaces: Int { depth.output * height.output * width.output }

    /// True if the patches of all places, one after the other, are just the input.
    var patchesAreInput: Bool {
        guard groups == 1 else { return false }
        if depth.isPointwise && height.isPointwise && width.isPointwise { return true }
        return depth.isWhole && height.isWhole && width.isWhole
    }

    /// Writes the patches under the windows at the places `places` of all images into rows of `terms` elements.
    ///
    /// `input` has its channels last; padding is `zero`. Places count through width, height, depth and images.
    func gather<Scalar: BitwiseCopyable>(
        _ places: Range<Int>, group: Int, from input: UnsafePointer<Scalar>, zero: Scalar,
        to patches: UnsafeMutablePointer<Scalar>
    ) {
        var (rest, x) = places.lowerBound.quotientAndRemainder(dividingBy: width.output)
        var y: Int
        (rest, y) = rest.quotientAndRemainder(dividingBy: height.output)
        var (image, z) = rest.quotientAndRemainder(dividingBy: depth.output)
        var target = patches
        for _ in places {
            gatherPatch(
                x, y, z, from: input + (image &* inputPlaces &* inputChannels &+ group &* groupInputs), zero: zero,
                to: &target)
            x &+= 1
            guard x == width.output else { continue }
            x = 0
            y &+= 1
            guard y == height.output else { continue }
            y = 0
            z &+= 1
            guard z == depth.output else { continue }
            z = 0
            image &+= 1
        }
    }

    @inline(__always)
    private func gatherPatch<Scalar: BitwiseCopyable>(
        _ x: Int, _ y: Int, _ z: Int, from image: UnsafePointer<Scalar>, zero: Scalar,
        to target: inout UnsafeMutablePointer<Scalar>
    ) {
        let line = width.window &* groupInputs
        for windowZ in 0..<depth.window {
            let sourceZ = z &* depth.stride &- depth.before &+ windowZ &* depth.dilation
            for windowY in 0..<height.window {
                let sourceY = y &* height.stride &- height.before &+ windowY &* height.dilation
                if sourceZ < 0 || sourceZ >= depth.input || sourceY < 0 || sourceY >= height.input {
                    fill(target, zero, line)
                } else {
                    let row = (sourceZ &* height.input &+ sourceY) &* width.input &* inputChannels
                    gatherLine(x, from: image + row, zero: zero, to: target)
                }
                target += line
            }
        }
    }

    @inline(__always)
    private func gatherLine<Scalar: BitwiseCopyable>(
        _ x: Int, from row: UnsafePointer<Scalar>, zero: Scalar, to target: UnsafeMutablePointer<Scalar>
    ) {
        if width.dilation == 1 && groups == 1 {
            let inside = width.inside(x)
            let start = x &* width.stride &- width.before
            fill(target, zero, inside.lowerBound &* inputChannels)
            copy(
                row + (start &+ inside.lowerBound) &* inputChannels, to: target + inside.lowerBound &* inputChannels,
                inside.count &* inputChannels)
            fill(
                target + inside.upperBound &* inputChannels, zero,
                (width.window &- inside.upperBound) &* inputChannels)
            return
        }
        for windowX in 0..<width.window {
            let sourceX = x &* width.stride &- width.before &+ windowX &* width.dilation
            let place = target + windowX &* groupInputs
            if sourceX < 0 || sourceX >= width.input {
                fill(place, zero, groupInputs)
            } else {
                copy(row + sourceX &* inputChannels, to: place, groupInputs)
            }
        }
    }
}

@inline(__always)
private func fill<Scalar: BitwiseCopyable>(_ target: UnsafeMutablePointer<Scalar>, _ value: Scalar, _ count: Int) {
    for index in 0..<max(0, count) { target[index] = value }
}

/// A call costs more than a few elements do.
@inline(__always)
private func copy<Scalar: BitwiseCopyable>(
    _ source: UnsafePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>, _ count: Int
) {
    if count >= 16 { return target.update(from: source, count: count) }
    for index in 0..<max(0, count) { target[index] = source[index] }
}
