import MicrokernelTypes
import Testing

@testable import Kernels

/// One tile at every level: transformed, multiplied and transformed back, against plain sums.
@Suite struct WinogradTests {
    fileprivate static let cases = ProcessorLevel.usable.flatMap { level in
        WinogradTile.allCases.map { (level, $0) }
    }

    @Test(arguments: cases) func tileAgreesWithPlainSums(level: ProcessorLevel, tile: WinogradTile) {
        let kernels = WinogradKernels.at(level)
        var numbers = SeededNumbers(41)
        for extra in [0, 1, kernels.vectorWidth - 1, kernels.vectorWidth] {
            let problem = TileProblem(
                tile, inputs: kernels.vectorWidth + extra, outputs: 2 * kernels.vectorWidth,
                lines: numbers.next(1...tile.outputs), pixels: numbers.next(1...tile.outputs), &numbers)
            let (result, expected) = (problem.run(kernels), problem.expected)
            for index in result.indices {
                #expect(abs(result[index] - expected[index]) < 2e-3, "element \(index)")
            }
        }
    }
}

extension WinogradTests {
    /// Whichever element it is.
    @Test(arguments: cases) func oneExtraordinaryElementShows(level: ProcessorLevel, tile: WinogradTile) {
        let kernels = WinogradKernels.at(level)
        var numbers = SeededNumbers(42)
        let problem = TileProblem(
            tile, inputs: kernels.vectorWidth + 3, outputs: kernels.vectorWidth, lines: 1, pixels: 1, &numbers)
        var scattered = [Float](repeating: 0, count: tile.points * tile.points * problem.inputs)
        let squares = problem.image.reduce(0) { $0 + $1 * $1 }
        let ordinary = problem.transformInput(kernels, problem.image, to: &scattered)
        #expect(ordinary >= squares * 0.999 && ordinary <= squares * 2.001)
        for index in problem.image.indices {
            for extraordinary in [Float.nan, .infinity, -.infinity, 0x1p63, -0x1p63, .greatestFiniteMagnitude] {
                var image = problem.image
                image[index] = extraordinary
                let sum = problem.transformInput(kernels, image, to: &scattered)
                #expect(!(sum < WinogradConvolution.largestSquares), "\(extraordinary) at \(index)")
            }
        }
    }
}

private struct TileProblem {
    let tile: WinogradTile
    let inputs: Int
    let outputs: Int
    let lines: Int
    let pixels: Int
    let image: [Float]
    let filter: [Float]
    let bias: [Float]
    let residual: [Float]
    private static let unwritten: Float = 99

    init(
        _ tile: WinogradTile, inputs: Int, outputs: Int, lines: Int, pixels: Int, _ numbers: inout SeededNumbers
    ) {
        (self.tile, self.inputs, self.outputs, self.lines, self.pixels) = (tile, inputs, outputs, lines, pixels)
        image = numbers.tensor([tile.points, tile.points, inputs]).array(Float.self)
        filter = numbers.tensor([3, 3, inputs, outputs]).array(Float.self)
        bias = numbers.tensor([outputs]).array(Float.self)
        residual = numbers.tensor([tile.outputs, tile.outputs, outputs]).array(Float.self)
    }

    func run(_ kernels: WinogradKernels) -> [Float] {
        let points = tile.points * tile.points
        var scattered = [Float](repeating: 0, count: points * inputs)
        _ = transformInput(kernels, image, to: &scattered)
        var sums = [Float](repeating: 0, count: points * outputs)
        var matrix = [Float](repeating: 0, count: inputs * outputs)
        for point in 0..<points {
            tile.transform(filter, count: inputs * outputs, point, to: &matrix)
            for input in 0..<inputs {
                for output in 0..<outputs {
                    sums[point * outputs + output] +=
                        scattered[point * inputs + input] * matrix[input * outputs + output]
                }
            }
        }
        var result = [Float](repeating: Self.unwritten, count: residual.count)
        sums.withUnsafeBufferPointer { sums in
            bias.withUnsafeBufferPointer { bias in
                residual.withUnsafeBufferPointer { residual in
                    var call = WinogradOutputCall(
                        sums: sums.baseAddress!, pointStride: outputs, channels: outputs, result: &result,
                        lineStride: tile.outputs * outputs, pixelStride: outputs, lines: lines, pixels: pixels)
                    call.bias = bias.baseAddress
                    call.residual = residual.baseAddress
                    (call.low, call.high) = (-20, 20)
                    kernels.transformOutput(tile, call)
                }
            }
        }
        return result
    }

    /// Returns the sum of the squares of the elements.
    func transformInput(_ kernels: WinogradKernels, _ image: [Float], to scattered: inout [Float]) -> Float {
        kernels.transformInput(
            tile,
            WinogradInputCall(
                input: image, lineStride: tile.points * inputs, pixelStride: inputs, channels: inputs,
                result: &scattered, pointStride: inputs))
    }

    var expected: [Float] {
        var result = [Float](repeating: Self.unwritten, count: residual.count)
        for line in 0..<lines {
            for pixel in 0..<pixels {
                for output in 0..<outputs {
                    let index = (line * tile.outputs + pixel) * outputs + output
                    result[index] = min(max(sum(line, pixel, output) + bias[output] + residual[index], -20), 20)
                }
            }
        }
        return result
    }

    private func sum(_ line: Int, _ pixel: Int, _ output: Int) -> Float {
        var sum: Float = 0
        for y in 0..<3 {
            for x in 0..<3 {
                for input in 0..<inputs {
                    sum +=
                        image[((line + y) * tile.points + pixel + x) * inputs + input]
                        * filter[((y * 3 + x) * inputs + input) * outputs + output]
                }
            }
        }
        return sum
    }
}
