import Glibc

/// How the elements under the filter lie in the input of a convolution of pictures, with a border of zeros where the filter
/// reaches beyond the picture.
///
/// The elements under a window are `tapCount` pieces of `tapDepth` elements that lie together.
struct ConvolutionSpan {
    let geometry: ConvolutionGeometry
    /// True if the filter reaches beyond the picture, so that pictures must be copied with a border.
    let isPadded: Bool
    /// Elements of a line, with its border.
    let lineSize: Int
    let tapCount: Int
    let tapDepth: Int

    init(_ geometry: ConvolutionGeometry) {
        self.geometry = geometry
        isPadded = geometry.height.reachesOutside || geometry.width.reachesOutside
        lineSize = (isPadded ? geometry.width.reach : geometry.width.input) &* geometry.inputChannels
        let isTogether = geometry.groups == 1 && geometry.width.dilation == 1
        tapCount = isTogether ? geometry.height.window : geometry.height.window &* geometry.width.window
        tapDepth = isTogether ? geometry.width.window &* geometry.inputChannels : geometry.groupInputs
    }

    /// False where borders are so much larger than the pictures that copies could take memory without limit.
    static func isReasonable(_ geometry: ConvolutionGeometry) -> Bool {
        isReasonable(geometry.height) && isReasonable(geometry.width)
    }

    private static func isReasonable(_ axis: WindowAxis) -> Bool {
        let (steps, overflow) = axis.output.multipliedReportingOverflow(by: axis.stride)
        return !overflow && steps < 1 << 40 && axis.reach <= 2 * axis.input + 64
    }

    /// Bytes of a line of the result and of the lines that it takes from the input.
    var lineBytes: Int {
        (geometry.height.stride &* lineSize &+ geometry.width.output &* geometry.outputChannels)
            &* MemoryLayout<Float>.stride
    }

    /// Elements that a picture with its border takes, if only `lines` lines of the result are computed.
    func imageSize(lines: Int) -> Int { inputLines(lines) &* lineSize }

    private func inputLines(_ lines: Int) -> Int {
        (lines &- 1) &* geometry.height.stride &+ (geometry.height.window &- 1) &* geometry.height.dilation &+ 1
    }

    /// Where in the input the windows of a line begin, if there are no borders.
    func offset(image: Int, line: Int) -> Int {
        (image &* geometry.height.input &+ line &* geometry.height.stride) &* lineSize
    }

    /// Writes where the pieces begin, seen from the first.
    func writeTaps(to taps: UnsafeMutablePointer<Int>) {
        let across = tapCount / geometry.height.window
        for tap in 0..<tapCount {
            let (y, x) = tap.quotientAndRemainder(dividingBy: across)
            taps[tap] =
                y &* geometry.height.dilation &* lineSize &+ x &* geometry.width.dilation &* geometry.inputChannels
        }
    }

    /// Writes where the windows of `lines` lines of each of `images` images begin, seen from the first.
    func writeRows(images: Int, lines: Int, to rows: UnsafeMutablePointer<Int>) {
        let step = geometry.width.stride &* geometry.inputChannels
        let image = isPadded ? imageSize(lines: lines) : geometry.height.input &* lineSize
        var row = rows
        for index in 0..<images {
            for line in 0..<lines {
                let start = index &* image &+ line &* geometry.height.stride &* lineSize
                for x in 0..<geometry.width.output { row[x] = start &+ x &* step }
                row += geometry.width.output
            }
        }
    }

    /// Copies what the windows of `part` cover from `input`, with zeros around.
    func pad(
        _ input: UnsafePointer<Float>, _ part: DirectConvolutionPlan.Part, to target: UnsafeMutablePointer<Float>
    ) {
        let (height, width) = (geometry.height, geometry.width)
        let channels = geometry.inputChannels
        let present = min(width.input, width.reach &- width.before)
        let stride = MemoryLayout<Float>.stride
        let right = lineSize &- (width.before &+ present) &* channels
        var line = target
        for image in part.firstImage..<part.firstImage &+ part.images {
            let first = part.firstLine &* height.stride &- height.before
            for y in first..<first &+ inputLines(part.lines) {
                if y < 0 || y >= height.input || present <= 0 {
                    memset(line, 0, lineSize &* stride)
                } else {
                    memset(line, 0, width.before &* channels &* stride)
                    let middle = line + width.before &* channels
                    memcpy(
                        middle, input + (image &* height.input &+ y) &* width.input &* channels,
                        present &* channels &* stride)
                    memset(middle + present &* channels, 0, right &* stride)
                }
                line += lineSize
            }
        }
    }
}

extension WindowAxis {
    /// Elements from the beginning of the first window to the end of the last, with those outside of the input.
    var reach: Int { (output &- 1) &* stride &+ (window &- 1) &* dilation &+ 1 }
    var reachesOutside: Bool { before > 0 || reach > input }
}

extension ConvolutionGeometry {
    /// Multiplications of the whole convolution.
    var products: Double { Double(batch) * Double(outputPlaces) * Double(terms) * Double(outputChannels) }

    /// The same convolution as one of a single image of one column, if `patchesAreInput`.
    var asMatrix: ConvolutionGeometry {
        let rows = batch &* outputPlaces
        let lines = WindowAxis(input: rows, window: 1, stride: 1, dilation: 1, before: 0, output: rows)
        return ConvolutionGeometry(
            batch: 1, depth: .trivial, height: lines, width: .trivial, inputChannels: terms,
            outputChannels: outputChannels, groups: 1)
    }
}
